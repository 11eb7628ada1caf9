//! Asynchronous successive halving: who goes on, decided from values alone.
//!
//! Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020. Two forms:
//!
//! - **Promotion** (the paper's): a trial stops at each rung and waits with its checkpoint; whenever there is room,
//!   the best trial among the top `1/eta` of a rung that has not gone on yet does so, highest rung first; only where
//!   there is none, a new trial starts.
//! - **Stopping**: a trial that cannot wait goes on at once if its value is among the top `1/eta` of its rung so far,
//!   and is stopped otherwise.

use std::fmt;

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use super::{Choice, Rung, check_rungs, wrong};

/// What a trial does at a rung when others are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halving {
    /// It waits with its checkpoint and may go on later. For objectives that can be paused.
    #[default]
    Promotion,
    /// It ends. For objectives that run in one go.
    Stopping,
}

/// The rungs of a study and the rule by which trials climb them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asha {
    /// How many epochs a trial has had when it stands on each rung, rising. Default 1, 3, 9, 27.
    pub rungs: Vec<u32>,
    /// One in how many goes on. Default 3.
    pub eta: u32,
    /// What happens to the others.
    pub halving: Halving,
    /// How many epochs at the end of the budget are kept for trials that have begun: once no more than this is left,
    /// no trial starts, and the best waiting ones go on although they are not among the top `1/eta`. Default 26: what
    /// brings one trial from the first of the default rungs to the last, so that a small budget finishes a trial too
    /// (with one slot always; with several the last promotions compete). 0 is the paper's rule.
    pub reserve: u64,
}

impl Default for Asha {
    fn default() -> Self {
        Self { rungs: vec![1, 3, 9, 27], eta: 3, halving: Halving::Promotion, reserve: 26 }
    }
}

impl Asha {
    /// One rung, reached in one go: no halving.
    #[must_use]
    pub fn single_rung(epochs: u32) -> Self {
        Self { rungs: vec![epochs], eta: 2, halving: Halving::Stopping, reserve: 0 }
    }

    /// Checks the rungs.
    ///
    /// # Errors
    /// `InvalidStudy` where there are none, they do not rise from at least 1, or `eta` is below 2.
    pub fn check(&self) -> Result<()> {
        check_rungs(&self.rungs)?;
        if self.eta < 2 {
            return wrong(format!("`eta` is {}, at least 2 is needed", self.eta));
        }
        Ok(())
    }

    /// The epochs of the last rung: what one finished trial costs.
    #[must_use]
    pub fn last_rung(&self) -> u32 {
        self.rungs.last().copied().unwrap_or(0)
    }

    /// The epochs a trial has had on `rung`.
    #[must_use]
    pub fn epochs_at(&self, rung: usize) -> u32 {
        self.rungs.get(rung).copied().unwrap_or_else(|| self.last_rung())
    }

    /// What it costs to climb from `rung` to the next one.
    #[must_use]
    pub fn cost_above(&self, rung: usize) -> u64 {
        u64::from(self.epochs_at(rung.saturating_add(1)).saturating_sub(self.epochs_at(rung)))
    }

    /// Decides what a slot with room does, under promotion.
    ///
    /// `rungs` holds the trials of each rung, `left` the epochs that may still be granted, `may_start` whether a new
    /// trial is allowed.
    #[must_use]
    pub fn choose(&self, rungs: &[Rung], left: u64, may_start: bool) -> Choice {
        let last = self.rungs.len().saturating_sub(1);
        let is_end = left <= self.reserve;
        for from_rung in (0..last).rev() {
            if self.cost_above(from_rung) > left {
                continue;
            }
            let Some(rung) = rungs.get(from_rung) else { continue };
            if let Some(trial) = rung.candidate(if is_end { 1 } else { self.eta }) {
                return Choice::Promote { trial, from_rung };
            }
        }
        if may_start && !is_end && u64::from(self.epochs_at(0)) <= left {
            return Choice::Start;
        }
        Choice::Nothing
    }

    /// Decides whether a trial that reached `rung` with `value` goes on, under stopping: whether it is among the top
    /// `1/eta` of its rung, itself included, or the best of a rung that has fewer than `eta`.
    #[must_use]
    pub fn goes_on(&self, rung: &Rung, trial: u64, value: f64) -> bool {
        let allowed = (rung.len() / self.eta.max(1) as usize).max(1);
        rung.rank(trial, value) < allowed
    }
}

impl fmt::Display for Halving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Promotion => "promotion",
            Self::Stopping => "stopping",
        })
    }
}

/// Rungs as they are shown: `1/3/9/27`.
pub(super) fn written(rungs: &[u32]) -> String {
    let rungs: Vec<String> = rungs.iter().map(u32::to_string).collect();
    rungs.join("/")
}

impl fmt::Display for Asha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asha({}, rungs {}, eta {}, reserve {})", self.halving, written(&self.rungs), self.eta, self.reserve)
    }
}

#[cfg(test)]
mod tests;
