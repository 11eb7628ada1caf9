//! A study as it stands, without most of its trials: what is asked for again and again while the study grows.

use std::ops::Range;

use super::super::config::StudyConfig;
use super::{Epochs, StudyState, Trial, TrialState};

/// A study as it stands, with a page of its trials. Making one costs what the page costs, however many trials there are.
#[derive(Clone, Debug, PartialEq)]
pub struct StudySummary {
    /// The study's description.
    pub config: StudyConfig,
    /// Whether nothing more will happen.
    pub is_finished: bool,
    /// Where the epochs went.
    pub epochs: Epochs,
    /// How many trials there are.
    pub n_trials: u64,
    /// The best completed trial by the first objective.
    pub best: Option<Trial>,
    /// How many trials no other one beats; see [`StudyState::front`].
    pub n_front: usize,
    /// The page: trials by number without a gap, each with whether it is one of those that no other one beats.
    pub trials: Vec<(Trial, bool)>,
    counts: [usize; TrialState::ALL.len()],
}

impl StudySummary {
    /// How many trials are in a state.
    #[must_use]
    pub fn count(&self, state: TrialState) -> usize {
        self.counts[state as usize]
    }
}

impl StudyState {
    /// The study with the trials of these numbers, as far as there are such.
    #[must_use]
    pub fn summary(&self, page: Range<usize>) -> StudySummary {
        let end = page.end.min(self.trials.len());
        let trials = self.trials.get(page.start..end).unwrap_or_default();
        let is_front = |trial: &Trial| match self.config.goals.is_empty() {
            true => self.best == Some(trial.id),
            false => self.front.binary_search(&trial.id).is_ok(),
        };
        StudySummary {
            config: self.config.clone(),
            is_finished: self.is_finished,
            epochs: self.epochs,
            n_trials: self.trials.len() as u64,
            best: self.best().cloned(),
            n_front: if self.config.goals.is_empty() { usize::from(self.best.is_some()) } else { self.front.len() },
            trials: trials.iter().map(|trial| (trial.clone(), is_front(trial))).collect(),
            counts: self.counts,
        }
    }
}

#[cfg(test)]
mod tests;
