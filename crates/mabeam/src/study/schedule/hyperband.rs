//! Asynchronous Hyperband: several successive halvings side by side, each with its own first rung.
//!
//! Which first rung is best is not known beforehand: where short training misleads, the first rungs throw away what
//! would have been good. Hyperband therefore divides the trials among brackets, from many trials that start at the
//! bottom to few that start at the top.
//!
//! Sources: Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018, for the
//! brackets and their sizes; Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, for
//! brackets that are asynchronous halvings. The first goes through its brackets one after the other; here they are
//! mixed, each trial by its number, so that a study that ends early has had its share of each.

use std::fmt;

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use super::asha::written;
use super::{Asha, Choice, Rung, wrong};

/// Several asynchronous successive halvings over the same rungs. The trials of bracket `b` are first judged on rung
/// `b`, and are compared with those of their bracket alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hyperband {
    /// The rungs and the rule of bracket 0; the others leave out the first rungs. Default as for [`Asha`].
    pub ladder: Asha,
    /// How many brackets there are, at most as many as rungs. The last of as many as rungs trains every trial to its
    /// end. Default 4.
    pub brackets: u32,
}

impl Default for Hyperband {
    fn default() -> Self {
        let ladder = Asha::default();
        let brackets = ladder.rungs.len() as u32;
        Self { ladder, brackets }
    }
}

impl Hyperband {
    /// Checks rungs and brackets.
    ///
    /// # Errors
    /// `InvalidStudy` as for [`Asha::check`], and where there is no bracket, or there are more than rungs.
    pub fn check(&self) -> Result<()> {
        self.ladder.check()?;
        let rungs = self.ladder.rungs.len();
        if self.brackets == 0 || self.brackets as usize > rungs {
            return wrong(format!("`brackets` is {}; with {rungs} rungs 1 to {rungs} are possible", self.brackets));
        }
        Ok(())
    }

    /// How many of a round's trials each bracket gets: `ceil(n / (s + 1) * eta^s)`, where `n` is the number of rungs
    /// and `s` that of the rungs above the bracket's first.
    #[must_use]
    pub fn weights(&self) -> Vec<u64> {
        let rungs = self.ladder.rungs.len() as u64;
        let weight = |bracket: u32| {
            let above = rungs.saturating_sub(1 + u64::from(bracket));
            let power = u64::from(self.ladder.eta).saturating_pow(u32::try_from(above).unwrap_or(u32::MAX));
            rungs.saturating_mul(power).div_ceil(above + 1)
        };
        (0..self.brackets).map(weight).collect()
    }

    /// The bracket of the next trial: the one that is furthest behind its share, among those whose first rung fits into
    /// the `left` epochs; the lower one where two are equal. `started` says how many trials each bracket has.
    #[must_use]
    pub fn next_bracket(&self, started: &[u64], left: u64) -> Option<u32> {
        let weights = self.weights();
        let whole: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        let next = started.iter().map(|started| u128::from(*started)).sum::<u128>() + 1;
        // What a bracket ought to have after this trial, less what it has; both times the sum of the weights.
        let behind = |bracket: usize| {
            let due = u128::from(weights[bracket]).saturating_mul(next);
            let has = u128::from(started.get(bracket).copied().unwrap_or(0)).saturating_mul(whole);
            i128::try_from(due).unwrap_or(i128::MAX) - i128::try_from(has).unwrap_or(i128::MAX)
        };
        let fits = |bracket: &usize| u64::from(self.ladder.epochs_at(*bracket)) <= left;
        let found =
            (0..weights.len()).filter(fits).max_by_key(|bracket| (behind(*bracket), std::cmp::Reverse(*bracket)));
        found.and_then(|bracket| u32::try_from(bracket).ok())
    }

    /// Decides what a slot with room does, under promotion: the highest rung first, and on one rung the bracket whose
    /// candidate is better.
    ///
    /// `rungs` holds the trials of each rung, bracket by bracket; the rest is as for [`Asha::choose`]. The bracket of a
    /// start is [`next_bracket`](Self::next_bracket)'s.
    #[must_use]
    pub fn choose(&self, rungs: &[Vec<Rung>], started: &[u64], left: u64, may_start: bool) -> Choice {
        let is_end = left <= self.ladder.reserve;
        let eta = if is_end { 1 } else { self.ladder.eta };
        for from_rung in (0..self.ladder.rungs.len().saturating_sub(1)).rev() {
            if self.ladder.cost_above(from_rung) > left {
                continue;
            }
            let candidates = rungs.iter().filter_map(|rungs| rungs.get(from_rung)?.best_waiting(eta));
            if let Some(best) = candidates.min() {
                return Choice::Promote { trial: best.trial, from_rung };
            }
        }
        if may_start && !is_end && self.next_bracket(started, left).is_some() {
            return Choice::Start;
        }
        Choice::Nothing
    }
}

impl fmt::Display for Hyperband {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asha { rungs, eta, halving, reserve } = &self.ladder;
        write!(
            f,
            "hyperband({halving}, rungs {}, eta {eta}, {} brackets, reserve {reserve})",
            written(rungs),
            self.brackets
        )
    }
}

#[cfg(test)]
mod tests;
