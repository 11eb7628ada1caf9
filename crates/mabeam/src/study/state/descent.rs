//! Trials that go on from the checkpoints of others: who descends from whom, and which checkpoints are still needed.

use foundation_core::Result;

use super::super::event::{Assigned, Parent};
use super::super::schedule::{Schedule, stream_of_child};
use super::super::space::Params;
use super::{Job, StudyState, Trial, TrialState, impossible};

/// The part of a trial's training that was done with one set of parameters.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::study) struct Leg {
    /// The trial whose parameters they are: the trial itself or one that it descends from.
    pub(in crate::study) trial: u64,
    pub(in crate::study) params: Params,
    pub(in crate::study) from_epoch: u32,
    pub(in crate::study) to_epoch: u32,
}

/// A checkpoint that a trial can go on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::study) struct Kept {
    /// Under whose name it is kept.
    pub(in crate::study) trial: u64,
    pub(in crate::study) epochs: u32,
    pub(in crate::study) hash: String,
}

impl StudyState {
    /// The start of a child that takes the place of `replaces`, whose parent and parameters are drawn from the child's
    /// own stream.
    pub(super) fn descended(&self, mut assigned: Assigned, replaces: u64, rung: usize) -> Assigned {
        let Schedule::Pbt(pbt) = &self.config.schedule else { return assigned };
        let mut random = stream_of_child(self.config.seed, assigned.trial);
        let parents = self.standings.parents(&self.config.schedule, replaces, rung);
        // Nobody is replaced where there is nobody to descend from, so there is one.
        let drawn = parents.get(random.below(parents.len().max(1) as u32) as usize);
        let parent = drawn.copied().unwrap_or(replaces);
        let near = &self.trials[parent as usize].params;
        let params = pbt.explore(&self.config.space, near, &mut random, |params| self.accept(params));
        assigned.params = Some(params);
        assigned.parent = Some(Parent { trial: parent, rung: rung as u32, replaces });
        assigned
    }

    /// Checks that a trial which is said to descend from another one can.
    pub(super) fn check_descent(&self, assigned: &Assigned) -> Result<()> {
        let Some(Parent { trial, rung, replaces }) = assigned.parent else {
            return match assigned.from_epoch {
                0 => Ok(()),
                epochs => Err(impossible(format!("trial {} begins with {epochs} epochs of nobody", assigned.trial))),
            };
        };
        let stands = |trial: u64| {
            let trial = self.trials.get(trial as usize)?;
            trial.rungs.iter().find(|reached| reached.rung == rung as usize)
        };
        let is_replaceable = self.trials.get(replaces as usize).is_some_and(|replaced| match replaced.state {
            TrialState::Paused => replaced.rungs.last().is_some_and(|reached| reached.rung == rung as usize),
            state => state == TrialState::Failed,
        });
        let fits = stands(trial).is_some_and(|reached| reached.epochs == assigned.from_epoch);
        if !fits || assigned.rung != rung + 1 || !is_replaceable {
            return Err(impossible(format!(
                "trial {} descends from trial {trial} on rung {rung} in the place of trial {replaces}",
                assigned.trial
            )));
        }
        Ok(())
    }

    /// A child begins in the place of another trial.
    pub(super) fn branch(&mut self, parent: Parent, job: &Job) {
        let child = &mut self.trials[job.trial as usize];
        child.parent = Some(parent);
        child.inherited_epochs = job.from_epoch;
        *self.expecting.entry(parent.trial).or_default() += 1;
        let replaced = &self.trials[parent.replaces as usize];
        let waited = (replaced.state == TrialState::Paused).then(|| replaced.value()).flatten();
        let value = waited.map(|value| self.config.direction.oriented(value));
        self.standings.branch(parent.replaces, parent.rung as usize, value);
        if value.is_some() {
            self.turn(parent.replaces as usize, TrialState::Stopped);
        }
    }

    /// A trial has a result: where it is the first, its parent's checkpoint was used.
    pub(super) fn born(&mut self, job: &Job) {
        if let Some(parent) = self.trials[job.trial as usize].parent
            && job.rung == parent.rung as usize + 1
            && let Some(expected) = self.expecting.get_mut(&parent.trial)
        {
            *expected -= 1;
            if *expected == 0 {
                self.expecting.remove(&parent.trial);
            }
        }
    }

    /// Whether somebody may still go on from a checkpoint of `trial`: itself, or a child that begins from it.
    #[must_use]
    pub fn needs_checkpoints(&self, trial: u64) -> bool {
        let Some(of) = self.trials.get(trial as usize) else { return false };
        // A completed member may still be the parent of one that lags behind it.
        let may_be_parent = of.state == TrialState::Completed && self.config.schedule.needs_checkpoints();
        !self.is_finished && (!of.state.is_over() || may_be_parent || self.expecting.contains_key(&trial))
    }

    /// The trials whose checkpoints nobody needs any more, now that `trial` was reported and those from number `before`
    /// on were started.
    pub(in crate::study) fn unneeded_after(&self, trial: u64, before: usize) -> Vec<u64> {
        let parent = |trial: &Trial| trial.parent;
        let of_trial = self.trials.get(trial as usize).and_then(parent).map(|parent| parent.trial);
        let replaced = self.trials.iter().skip(before).filter_map(parent).map(|parent| parent.replaces);
        let touched = std::iter::once(trial).chain(of_trial).chain(replaced);
        touched.filter(|trial| !self.needs_checkpoints(*trial)).collect()
    }

    /// The trial and those it descends from, youngest first, each with the rung of the one before it from which that
    /// one began.
    fn ancestry(&self, trial: u64) -> impl Iterator<Item = (u64, Option<usize>)> {
        let above = |(trial, _): &(u64, Option<usize>)| {
            let parent = self.trials[*trial as usize].parent?;
            Some((parent.trial, Some(parent.rung as usize)))
        };
        std::iter::successors(Some((trial, None)), above)
    }

    /// The checkpoints that `trial` can go on from, newest first; a child's copy of its parent's before the original.
    pub(in crate::study) fn checkpoints_for(&self, trial: u64) -> Vec<Kept> {
        let mut kept: Vec<Kept> = Vec::new();
        let mut younger = None;
        for (ancestor, until) in self.ancestry(trial) {
            for reached in self.trials[ancestor as usize].rungs.iter().rev() {
                let (Some(hash), true) = (&reached.checkpoint, until.is_none_or(|rung| reached.rung <= rung)) else {
                    continue;
                };
                if let (Some(child), true) = (younger, until == Some(reached.rung)) {
                    kept.push(Kept { trial: child, epochs: reached.epochs, hash: hash.clone() });
                }
                kept.push(Kept { trial: ancestor, epochs: reached.epochs, hash: hash.clone() });
            }
            younger = Some(ancestor);
        }
        kept
    }

    /// With which parameters `trial` is trained until `to_epoch`, eldest first: what has to be gone through again where
    /// every checkpoint was lost.
    pub(in crate::study) fn legs_of(&self, trial: u64, to_epoch: u32) -> Vec<Leg> {
        let mut legs = Vec::new();
        let mut to_epoch = to_epoch;
        for (ancestor, _) in self.ancestry(trial) {
            let of = &self.trials[ancestor as usize];
            legs.push(Leg { trial: ancestor, params: of.params.clone(), from_epoch: of.inherited_epochs, to_epoch });
            to_epoch = of.inherited_epochs;
        }
        legs.reverse();
        legs
    }
}
