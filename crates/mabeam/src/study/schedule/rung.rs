//! The trials that reached one rung, kept so that the next to go on is found without looking at all of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A value and the trial that reached it; better ones come first, equal ones in the order of their trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) value: f64,
    pub(super) trial: u64,
}

impl Eq for Standing {}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        other.value.total_cmp(&self.value).then(self.trial.cmp(&other.trial))
    }
}

/// The trials on a rung: those that wait, and those that went on.
#[derive(Clone, Debug, Default)]
pub struct Rung {
    waiting: BTreeSet<Standing>,
    /// Sorted, best first.
    gone_on: Vec<Standing>,
}

impl Rung {
    /// How many trials ever reached this rung.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len() + self.gone_on.len()
    }

    /// Whether no trial ever reached it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in a trial that reached the rung with `value`, larger being better.
    pub fn reach(&mut self, trial: u64, value: f64) {
        self.waiting.insert(Standing { value, trial });
    }

    /// Notes that a waiting trial, which reached the rung with `value`, went on.
    pub fn go_on(&mut self, trial: u64, value: f64) {
        let standing = Standing { value, trial };
        if self.waiting.remove(&standing) {
            let place = self.gone_on.partition_point(|other| *other < standing);
            self.gone_on.insert(place, standing);
        }
    }

    /// The best waiting trial, if it is among the top `1/eta` of all that reached the rung.
    #[must_use]
    pub fn candidate(&self, eta: u32) -> Option<u64> {
        self.best_waiting(eta).map(|standing| standing.trial)
    }

    /// The best waiting trial and its value, if it is among the top `1/eta`.
    pub(super) fn best_waiting(&self, eta: u32) -> Option<Standing> {
        let best = self.waiting.first()?;
        let rank = self.gone_on.partition_point(|other| other < best);
        (rank < self.len() / eta.max(1) as usize).then_some(*best)
    }

    /// The waiting trial of the lowest number, and its value.
    pub(super) fn first_waiting(&self) -> Option<Standing> {
        self.waiting.iter().min_by_key(|standing| standing.trial).copied()
    }

    /// Every trial that reached the rung, best first.
    pub(super) fn in_order(&self) -> Vec<Standing> {
        let mut all: Vec<Standing> = self.waiting.iter().chain(&self.gone_on).copied().collect();
        all.sort_unstable();
        all
    }

    /// How many trials of the rung are better than `trial`, which reached it with `value`.
    #[must_use]
    pub fn rank(&self, trial: u64, value: f64) -> usize {
        let standing = Standing { value, trial };
        self.waiting.range(..standing).count() + self.gone_on.partition_point(|other| *other < standing)
    }
}
