//! What a sampler knows: the trials with a value, and those still on their way to one.

use std::cmp::Ordering;
use std::collections::BTreeMap;
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

/// The trials of one study, by number. A clone shares them until one of the two changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Sorted by trial, no trial twice.
    observations: Arc<Vec<Observation>>,
    pending: Arc<BTreeMap<u64, (Option<u32>, Params)>>,
}

impl History {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `trial` was proposed by `member` and has no value yet.
    pub fn propose(&mut self, trial: u64, member: Option<u32>, params: Params) {
        Arc::make_mut(&mut self.pending).insert(trial, (member, params));
    }

    /// Notes where a trial stands; it takes the place of what was known of the same trial, which is pending no more.
    ///
    /// One append where trials come in the order of their numbers, otherwise the later ones move up.
    pub fn record(&mut self, observation: Observation) {
        if self.pending.contains_key(&observation.trial) {
            Arc::make_mut(&mut self.pending).remove(&observation.trial);
        }
        let observations = Arc::make_mut(&mut self.observations);
        match observations.binary_search_by_key(&observation.trial, |other| other.trial) {
            Ok(at) => observations[at] = observation,
            Err(at) => observations.insert(at, observation),
        }
    }

    /// Forgets a trial that was proposed and never started. One with a value stays.
    pub fn withdraw(&mut self, trial: u64) {
        if self.pending.contains_key(&trial) {
            Arc::make_mut(&mut self.pending).remove(&trial);
        }
    }

    /// The trials with a value or an error, by number.
    #[must_use]
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// The trials that were proposed and have no value yet, by number.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = Pending<'_>> {
        self.pending.iter().map(|(trial, (member, params))| Pending { trial: *trial, member: *member, params })
    }

    /// Who proposed `trial`; `None` where nobody of the team did or it is not known.
    #[must_use]
    pub fn member(&self, trial: u64) -> Option<u32> {
        let of_pending = || self.pending.get(&trial).and_then(|(member, _)| *member);
        self.get(trial).map_or_else(of_pending, |observation| observation.member)
    }

    /// What is known of `trial`.
    #[must_use]
    pub fn get(&self, trial: u64) -> Option<&Observation> {
        let at = self.observations.binary_search_by_key(&trial, |other| other.trial).ok()?;
        Some(&self.observations[at])
    }

    /// The usable trial of greatest [merit](Observation::by_merit).
    #[must_use]
    pub fn best(&self) -> Option<&Observation> {
        self.observations.iter().filter(|observation| observation.is_usable()).min_by(|one, two| one.by_merit(two))
    }
}

#[cfg(test)]
mod tests;
