//! One trial as samplers see it, and which of two is better.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::study::space::Params;

/// How far one trial has come and how good it was there.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The number of the trial.
    pub trial: u64,
    /// The place in the team of who proposed it; `None` for one that was enqueued or imported.
    pub member: Option<u32>,
    /// Its parameters.
    pub params: Params,
    /// The epochs it was trained.
    pub epochs: u32,
    /// The rung it reached with them, from 0.
    pub rung: u32,
    /// Its value on that rung. Larger is better, always: a study that minimises turns the sign.
    pub value: f64,
    /// Its values in the study's further objectives, in their order, each turned so that larger is better; empty where
    /// there is one objective.
    pub further: Vec<f64>,
    /// Whether it ended in an error; then `value` counts for nothing.
    pub failed: bool,
}

impl Observation {
    /// Whether it has a value to go by: it did not fail and is no NaN.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.failed && !self.value.is_nan()
    }

    /// The order of merit, best first: a trial with a value before one without, then the higher rung, then the larger
    /// value, then the lower number. No two trials of one study are equal in it.
    ///
    /// The rung stands before the value because a trial is on a high rung for having been among the best on all
    /// rungs below, and because values of different rungs cannot be compared: training longer raises them.
    #[must_use]
    pub fn by_merit(&self, other: &Self) -> Ordering {
        let of_unusable = || match (self.is_usable(), other.is_usable()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.trial.cmp(&other.trial),
            (true, true) => Ordering::Equal,
        };
        of_unusable()
            .then_with(|| other.rung.cmp(&self.rung))
            // -0.0 is no worse than 0.0; NaN is dealt with above.
            .then_with(|| other.value.partial_cmp(&self.value).unwrap_or(Ordering::Equal))
            .then_with(|| self.trial.cmp(&other.trial))
    }
}

/// An observation in its order of merit.
#[derive(Clone, Debug)]
pub(super) struct Merit(pub(super) Arc<Observation>);

impl Ord for Merit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.by_merit(&other.0)
    }
}

impl PartialOrd for Merit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Merit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Merit {}

/// A trial that was proposed and has no value yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending<'a> {
    /// The number of the trial.
    pub trial: u64,
    /// The place in the team of who proposed it; `None` for one that was enqueued or imported.
    pub member: Option<u32>,
    /// Its parameters.
    pub params: &'a Params,
}
