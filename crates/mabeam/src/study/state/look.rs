//! What a study tells of itself.

use super::super::config::StudyConfig;
use super::super::event::{Evaluated, Judged, Told};
use super::super::sampler::History;
use super::sales::Sales;
use super::{Epochs, Slot, StudyState, Trial, TrialState};
use crate::market::Market;

impl StudyState {
    /// The study's description.
    #[must_use]
    pub fn config(&self) -> &StudyConfig {
        &self.config
    }

    /// Every trial, by number.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Every slot.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// What the sampler may know.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The market of the team, where several members propose.
    #[must_use]
    pub fn market(&self) -> Option<&Market> {
        self.sales.as_ref().map(Sales::market)
    }

    /// What a worker has told of a trial that the study has not decided on so far.
    #[must_use]
    pub fn told_of(&self, trial: u64) -> Option<&Told> {
        self.told.get(&trial)
    }

    /// Where the epochs went.
    #[must_use]
    pub fn epochs(&self) -> Epochs {
        self.epochs
    }

    /// How often trials went on from each rung.
    #[must_use]
    pub fn promotions(&self) -> &[u64] {
        &self.promotions
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// How often the study went on after an interruption of the whole program.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// What was computed beside the budget.
    #[must_use]
    pub fn evaluations(&self) -> &[Evaluated] {
        &self.evaluations
    }

    /// The best completed trial: best value on its last rung, the earlier trial where values are equal. Trials that
    /// were stopped do not count, because their values are of fewer epochs.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|trial| &self.trials[trial as usize])
    }

    /// What critics evaluated, beside the budget.
    #[must_use]
    pub fn judgements(&self) -> &[Judged] {
        &self.judgements
    }

    /// The trials that were the best, in the order in which they became it.
    #[must_use]
    pub fn bests(&self) -> &[u64] {
        &self.bests
    }

    /// Whether the study ended because its time was up.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.is_timed_out
    }

    /// How many trials are in a state.
    #[must_use]
    pub fn count(&self, state: TrialState) -> usize {
        self.counts[state as usize]
    }
}
