//! The Pareto front of a study of several objectives: the completed trials that no other one beats in everything.

use super::super::config::Goal;
use super::super::sampler::dominates;
use super::{StudyState, Trial};

/// Values of the further objectives, turned so that larger is better.
pub(super) fn oriented_all(goals: &[Goal], further: &[f64]) -> Vec<f64> {
    goals.iter().zip(further).map(|(goal, value)| goal.direction.oriented(*value)).collect()
}

impl StudyState {
    /// The completed trials that no other one beats, by number: none is at least as good in every objective and better
    /// in one. Of trials that are equal in all objectives the one of the lowest number stands for them. With one
    /// objective it is the [best](Self::best) trial alone.
    #[must_use]
    pub fn front(&self) -> Vec<&Trial> {
        if self.config.goals.is_empty() {
            return self.best().into_iter().collect();
        }
        self.front.iter().map(|trial| &self.trials[*trial as usize]).collect()
    }

    /// A trial was completed: it joins the front, unless one of it is better; those that are worse leave it.
    pub(super) fn join_front(&mut self, trial: u64) {
        if self.config.goals.is_empty() {
            return;
        }
        let Some(point) = self.point(trial) else { return };
        let points: Vec<Vec<f64>> = self.front.iter().map(|other| self.point(*other).unwrap_or_default()).collect();
        if points.iter().any(|other| dominates(other, &point)) {
            return;
        }
        // Compared as numbers, where -0.0 is as good as 0.0.
        if let Some(equal) = points.iter().position(|other| *other == point) {
            self.front[equal] = self.front[equal].min(trial);
            self.front.sort_unstable();
            return;
        }
        let mut points = points.into_iter();
        self.front.retain(|_| points.next().is_some_and(|other| !dominates(&point, &other)));
        let at = self.front.partition_point(|other| *other < trial);
        self.front.insert(at, trial);
    }

    /// A trial's values in all objectives, larger being better; none for one that is known from elsewhere by its first
    /// value alone.
    fn point(&self, trial: u64) -> Option<Vec<f64>> {
        let reached = self.trials[trial as usize].rungs.last()?;
        let further = oriented_all(&self.config.goals, &reached.further);
        let has_all = further.len() == self.config.goals.len();
        has_all.then(|| std::iter::once(self.config.direction.oriented(reached.value)).chain(further).collect())
    }
}
