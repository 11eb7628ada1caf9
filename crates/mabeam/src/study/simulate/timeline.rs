//! What a simulated study leaves behind: who worked when, and when the best was found.

use super::super::event::Assigned;
use super::super::state::{StudyState, Trial, TrialState};
use super::TICKS;

/// A piece of work on a worker's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretched {
    /// The worker, counted from 0.
    pub worker: u32,
    /// The trial.
    pub trial: u64,
    /// The rung it was brought to.
    pub rung: u32,
    /// When the work began, in microseconds from the study's begin.
    pub began: u64,
    /// When it ended.
    pub ended: u64,
}

impl Stretched {
    pub(super) fn new(assigned: &Assigned, ticks: u64) -> Self {
        Self {
            worker: assigned.slot,
            trial: assigned.trial,
            rung: assigned.rung,
            began: assigned.at,
            ended: assigned.at.saturating_add(ticks),
        }
    }
}

/// A moment at which a trial was completed that is better than all before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Improvement {
    /// Seconds from the study's begin.
    pub seconds: f64,
    /// The trial.
    pub trial: u64,
    /// Its value on the last rung, as the table gave it.
    pub value: f64,
}

/// A study that was simulated to its end.
#[derive(Clone, Debug)]
pub struct Simulated {
    state: StudyState,
    stretches: Vec<Stretched>,
}

impl Simulated {
    pub(super) fn new(state: StudyState, stretches: Vec<Stretched>) -> Self {
        Self { state, stretches }
    }

    /// The study in its end.
    #[must_use]
    pub fn state(&self) -> &StudyState {
        &self.state
    }

    /// The pieces of work, in the order in which they were given out.
    #[must_use]
    pub fn stretches(&self) -> &[Stretched] {
        &self.stretches
    }

    /// How long the study took until its last piece of work ended, in simulated seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.stretches.iter().map(|stretch| stretch.ended).max().unwrap_or(0) as f64 / TICKS
    }

    /// The share of the workers' time in which they worked, from the study's begin to its end; 1 where it took none.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let end = self.stretches.iter().map(|stretch| stretch.ended).max().unwrap_or(0);
        let worked: u128 = self.stretches.iter().map(|stretch| u128::from(stretch.ended - stretch.began)).sum();
        let there = u128::from(end) * u128::from(self.state.config().slots);
        if there == 0 { 1.0 } else { worked as f64 / there as f64 }
    }

    /// The best so far: every moment at which it changed. Among trials that end at one moment the lower number is first;
    /// trials that were known from elsewhere do not count.
    #[must_use]
    pub fn improvements(&self) -> Vec<Improvement> {
        let direction = self.state.config().direction;
        let mut ends = vec![0; self.state.trials().len()];
        for stretch in &self.stretches {
            let end = &mut ends[stretch.trial as usize];
            *end = stretch.ended.max(*end);
        }
        let is_own = |trial: &&Trial| trial.state == TrialState::Completed && trial.from.is_none();
        let completed = self.state.trials().iter().filter(is_own);
        let mut completed: Vec<(u64, u64, f64)> =
            completed.filter_map(|trial| Some((ends[trial.id as usize], trial.id, trial.value()?))).collect();
        completed.sort_unstable_by_key(|(end, trial, _)| (*end, *trial));
        let mut found: Vec<Improvement> = Vec::new();
        for (end, trial, value) in completed {
            let is_better = found.last().is_none_or(|best| direction.oriented(value) > direction.oriented(best.value));
            if is_better {
                found.push(Improvement { seconds: end as f64 / TICKS, trial, value });
            }
        }
        found
    }

    /// When a trial was first completed whose value is at least as good as `value`, in seconds; `None` where none was.
    #[must_use]
    pub fn reached(&self, value: f64) -> Option<f64> {
        let direction = self.state.config().direction;
        let improvements = self.improvements().into_iter();
        let mut good = improvements.filter(|found| direction.oriented(found.value) >= direction.oriented(value));
        good.next().map(|found| found.seconds)
    }
}
