//! Median stopping: a trial that does worse than the completed ones did at the same point ends.
//!
//! Source: Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.2: a trial is
//! stopped at a step if its best value until then is strictly worse than the median of the running averages, until the
//! same step, of all completed trials.
//!
//! A trial never waits, so trainers that can be paused and objectives that run in one go get the same decisions.

use std::collections::BTreeSet;
use std::fmt;

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use super::asha::written;
use super::rung::Standing;
use super::{check_rungs, wrong};

/// The points at which trials are judged, and from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedianStopping {
    /// After how many epochs a trial is judged, rising; at the last one it is completed. Default 1 to 27.
    pub rungs: Vec<u32>,
    /// Trials that have had fewer epochs than this are not stopped. Default 3.
    pub grace: u32,
    /// As long as fewer trials than this are completed, none is stopped. Default 5.
    pub least_completed: u32,
    /// How many epochs at the end of the budget are kept for trials that have begun: once no more than this is left, no
    /// trial starts. Default 26: what brings one trial from the first of the default rungs to the last.
    pub reserve: u64,
}

impl Default for MedianStopping {
    fn default() -> Self {
        Self::every(1, 27)
    }
}

impl MedianStopping {
    /// Judges each `interval` epochs until `last`, at which trials are completed; the other settings are the default
    /// ones, with a reserve of what a trial lacks after its first interval.
    #[must_use]
    pub fn every(interval: u32, last: u32) -> Self {
        let mut rungs: Vec<u32> =
            (1..).map_while(|n| interval.max(1).checked_mul(n)).take_while(|n| *n < last).collect();
        rungs.push(last);
        let reserve = u64::from(last - rungs[0]);
        Self { rungs, grace: 3, least_completed: 5, reserve }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// `InvalidStudy` where there are no rungs, they do not rise from at least 1, or `least_completed` is 0.
    pub fn check(&self) -> Result<()> {
        check_rungs(&self.rungs)?;
        if self.least_completed == 0 {
            return wrong("`least_completed` is 0; the median of no trials does not exist, 1 is the least".to_owned());
        }
        Ok(())
    }

    /// The distance of the rungs and the last of them, where they are those of [`every`](Self::every), three or more.
    fn interval(&self) -> Option<(u32, u32)> {
        let [below @ .., last] = self.rungs.as_slice() else { return None };
        let [first, _, ..] = below else { return None };
        let is_even = below.iter().zip(1..).all(|(rung, n)| first.checked_mul(n) == Some(*rung));
        let lies_near = below.last().is_some_and(|rung| last > rung && last - rung <= *first);
        (is_even && lies_near).then_some((*first, *last))
    }

    /// Decides whether a trial whose best value is `best` goes on beyond the rung of `epochs`; `completed` are the
    /// running averages of the completed trials there. Larger is better.
    #[must_use]
    pub(super) fn goes_on(&self, epochs: u32, best: f64, completed: &Averages) -> bool {
        if epochs < self.grace || completed.len() < self.least_completed as usize {
            return true;
        }
        completed.median().is_none_or(|median| best >= median)
    }
}

impl fmt::Display for MedianStopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rungs = match self.interval() {
            // Points at equal distances are told by their distance.
            Some((interval, last)) => format!("each {interval} epochs to {last}"),
            None => format!("rungs {}", written(&self.rungs)),
        };
        write!(
            f,
            "median({rungs}, grace {}, after {} completed, reserve {})",
            self.grace, self.least_completed, self.reserve
        )
    }
}

/// Running averages of completed trials on one rung, in two halves, so that their median is found at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Averages {
    /// The better half, one more than the worse where the number is odd.
    better: BTreeSet<Standing>,
    worse: BTreeSet<Standing>,
}

impl Averages {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.better.len() + self.worse.len()
    }

    /// Takes in the average of a completed trial.
    pub(super) fn insert(&mut self, trial: u64, average: f64) {
        self.better.insert(Standing { value: average, trial });
        if let Some(last) = self.better.pop_last() {
            self.worse.insert(last);
        }
        if self.better.len() < self.worse.len()
            && let Some(first) = self.worse.pop_first()
        {
            self.better.insert(first);
        }
    }

    /// The median; the mean of the middle two where the number is even. None where there are none.
    pub(super) fn median(&self) -> Option<f64> {
        let upper = self.better.last()?.value;
        match self.worse.first() {
            // Halved before they are added, so that the sum of two large ones stays finite.
            Some(lower) if self.better.len() == self.worse.len() => Some(upper * 0.5 + lower.value * 0.5),
            _ => Some(upper),
        }
    }
}

#[cfg(test)]
mod tests;
