//! What samplers know: the trials with a value, and those still on their way to one.

use std::collections::BTreeMap;
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::observation::{Merit, Observation, Pending};
use super::proposals::Proposals;
use crate::study::space::Params;

/// The trials of one study.
///
/// A clone costs a few reference counts and shares everything, and a change of one of the two copies no more than the
/// paths it touches, so a study asks its samplers with a copy of all it knows however long it has become. The order
/// of [merit](Observation::by_merit) is kept as trials come in: to read the best takes time in their number alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// By trial.
    observations: RedBlackTreeMapSync<u64, Arc<Observation>>,
    /// The same, best first: the usable ones, then the others.
    by_merit: RedBlackTreeSetSync<Merit>,
    usable: usize,
    pending: RedBlackTreeMapSync<u64, (Option<u32>, Params)>,
    /// Who proposed what, withdrawn trials included.
    proposals: Proposals,
    /// How many proposals each member has made.
    counts: Arc<BTreeMap<u32, u64>>,
}

impl History {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `trial` was proposed by `member` and has no value yet.
    pub fn propose(&mut self, trial: u64, member: Option<u32>, params: Params) {
        self.credit(trial, member);
        self.pending.insert_mut(trial, (member, params));
    }

    /// Notes where a trial stands; it takes the place of what was known of the same trial, which is pending no more.
    pub fn record(&mut self, observation: Observation) {
        let trial = observation.trial;
        self.pending.remove_mut(&trial);
        self.credit(trial, observation.member);
        if let Some(before) = self.observations.get(&trial).cloned() {
            self.usable -= usize::from(before.is_usable());
            self.by_merit.remove_mut(&Merit(before));
        }
        self.usable += usize::from(observation.is_usable());
        let observation = Arc::new(observation);
        self.by_merit.insert_mut(Merit(Arc::clone(&observation)));
        self.observations.insert_mut(trial, observation);
    }

    fn credit(&mut self, trial: u64, member: Option<u32>) {
        if let Some(member) = member
            && self.proposals.insert(member, trial)
        {
            *Arc::make_mut(&mut self.counts).entry(member).or_default() += 1;
        }
    }

    /// Forgets a trial that was proposed and never started. One with a value stays, and so does the number of
    /// [proposals](Self::proposals_of).
    pub fn withdraw(&mut self, trial: u64) {
        self.pending.remove_mut(&trial);
    }

    /// The same proposals, with no value or error known.
    pub(super) fn emptied(&self) -> Self {
        Self {
            observations: RedBlackTreeMapSync::default(),
            by_merit: RedBlackTreeSetSync::default(),
            usable: 0,
            ..self.clone()
        }
    }

    /// How many trials have a value or an error.
    #[must_use]
    pub fn len(&self) -> usize {
        self.observations.size()
    }

    /// Whether no trial has a value or an error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }

    /// How many trials have a value to go by.
    #[must_use]
    pub fn usable(&self) -> usize {
        self.usable
    }

    /// The trials with a value or an error, by number.
    pub fn observations(&self) -> impl DoubleEndedIterator<Item = &Observation> {
        self.observations.values().map(|one| &**one)
    }

    /// The usable trials, [best](Observation::by_merit) first.
    pub fn best_first(&self) -> impl Iterator<Item = &Observation> {
        self.by_merit.iter().take(self.usable).map(|one| &*one.0)
    }

    /// The trials that were proposed and have no value yet, by number.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = Pending<'_>> + ExactSizeIterator {
        self.pending.iter().map(|(trial, (member, params))| Pending { trial: *trial, member: *member, params })
    }

    /// How many trials `member` has proposed, with those that were withdrawn.
    #[must_use]
    pub fn proposals_of(&self, member: u32) -> u64 {
        self.counts.get(&member).copied().unwrap_or(0)
    }

    /// The trials that `member` has proposed, by number, with those that are pending or were withdrawn.
    pub fn trials_of(&self, member: u32) -> impl DoubleEndedIterator<Item = u64> {
        self.proposals.of(member)
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
        self.observations.get(&trial).map(|one| &**one)
    }

    /// The usable trial of greatest [merit](Observation::by_merit).
    #[must_use]
    pub fn best(&self) -> Option<&Observation> {
        self.best_first().next()
    }
}

#[cfg(test)]
mod tests;
