//! What a study is told from outside: configurations to try first, and trials that are known already.

use foundation_core::Result;

use super::super::event::{Enqueued, Imported, Known};
use super::super::sampler::Observation;
use super::super::space::Params;
use super::{RungResult, StudyState, Trial, TrialState, impossible};

impl StudyState {
    pub(super) fn enqueue(&mut self, enqueued: &Enqueued) -> Result<()> {
        if let Err(error) = self.config.space.check(&enqueued.params) {
            return Err(impossible(format!("a configuration is enqueued that is not of its space: {}", error.what())));
        }
        self.queue.push_back(enqueued.params.clone());
        Ok(())
    }

    /// The configurations that are tried before the samplers are asked, in order.
    pub fn enqueued(&self) -> impl Iterator<Item = &Params> {
        self.queue.iter()
    }

    /// The configuration that is tried next, whatever the samplers say.
    #[must_use]
    pub fn enqueued_next(&self) -> Option<&Params> {
        self.queue.front()
    }

    pub(super) fn imported(&mut self, imported: &Imported) -> Result<()> {
        if let Err(error) = self.config.space.check(&imported.params) {
            return Err(impossible(format!("a trial is imported that is not of its space: {}", error.what())));
        }
        let id = self.trials.len() as u64;
        let rung = self.rung_of(imported.epochs);
        let mut trial = Trial::new(id, None, imported.params.clone(), 0);
        trial.from = Some(imported.from.clone());
        let (state, value) = match &imported.known {
            Known::Value(value) => (TrialState::Completed, Some(*value)),
            Known::Stopped(value) => (TrialState::Stopped, Some(*value)),
            Known::Failed(reason) => {
                trial.failure = Some(reason.clone());
                (TrialState::Failed, None)
            }
        };
        if let Some(value) = value {
            if !value.is_finite() {
                return Err(impossible(format!("trial {id} is imported with the value {value}")));
            }
            trial.reach(RungResult { rung, epochs: imported.epochs, value, further: Vec::new(), checkpoint: None });
        }
        self.history.record(Observation {
            trial: id,
            params: imported.params.clone(),
            member: None,
            epochs: imported.epochs,
            rung: rung as u32,
            value: value.map_or(f64::NAN, |value| self.config.direction.oriented(value)),
            failed: value.is_none(),
            further: Vec::new(),
        });
        self.trials.push(trial);
        self.counts[TrialState::Running as usize] += 1;
        self.turn(id as usize, state);
        self.n_imported += 1;
        Ok(())
    }

    /// The highest rung that `epochs` reach.
    fn rung_of(&self, epochs: u32) -> usize {
        let schedule = &self.config.schedule;
        (0..schedule.rungs().len()).rev().find(|rung| schedule.epochs_at(*rung) <= epochs).unwrap_or(0)
    }

    /// How many trials the study itself began.
    #[must_use]
    pub fn n_started(&self) -> u64 {
        self.trials.len() as u64 - self.n_imported
    }
}
