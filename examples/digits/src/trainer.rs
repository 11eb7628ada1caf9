//! The trainer that a study runs, and the question to ask after it.

use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use mabeam::{Advanced, Params, Trainer, TrialContext, TrialError};

use crate::checkpoint;
use crate::data::{self, Seen};
use crate::hyperparameters::Hyperparameters;
use crate::network::{Network, Room};

/// Trains perceptrons on the digits. Its value is the share of the validation digits that are answered rightly.
///
/// It holds the training and the validation digits, 370 kB; a clone shares them.
#[derive(Clone, Debug)]
pub struct DigitsTrainer {
    digits: Arc<Seen>,
}

impl DigitsTrainer {
    /// Reads the digits.
    #[must_use]
    pub fn new() -> Self {
        Self::on_split(data::STUDY_SPLIT)
    }

    /// Chooses by the digits of turn `split`, and trains on the others that may be seen.
    pub(crate) fn on_split(split: usize) -> Self {
        Self { digits: Arc::new(data::seen(split)) }
    }

    /// Trains a network from the beginning and says of each digit to choose by whether it is answered rightly.
    pub(crate) fn right_answers(&self, trial: &TrialContext, params: &Params) -> Result<Vec<bool>, TrialError> {
        let trained = self.advance(trial, params, None)?;
        Ok(checkpoint::decode(&trained.checkpoint)?.right_answers(&self.digits.validation))
    }
}

impl Default for DigitsTrainer {
    fn default() -> Self {
        Self::new()
    }
}

impl Trainer for DigitsTrainer {
    fn advance(&self, trial: &TrialContext, params: &Params, from: Option<&[u8]>) -> Result<Advanced, TrialError> {
        let settings = Hyperparameters::read(params)?;
        let mut network = match from {
            Some(bytes) => checkpoint::decode(bytes)?,
            None => Network::new(settings.hidden, settings.activation, &mut trial.stream(0)),
        };
        check(&network, &settings, trial)?;
        let training = &self.digits.training;
        let mut room = Room::new(settings.hidden, settings.batch.min(training.labels.len()));
        while network.epoch < trial.to_epoch {
            let mut random = trial.stream(network.epoch + 1);
            network.train_epoch(training, &settings, &mut random, &mut room);
        }
        Ok(Advanced { value: network.accuracy(&self.digits.validation), checkpoint: checkpoint::encode(&network) })
    }
}

/// Checks that `network` is one that this trial can go on from.
fn check(network: &Network, settings: &Hyperparameters, trial: &TrialContext) -> Result<()> {
    if (network.hidden(), network.activation) != (settings.hidden, settings.activation) {
        let what = format!(
            "the checkpoint of trial {} has {} hidden units with {:?}, its parameters say {} with {:?}",
            trial.trial,
            network.hidden(),
            network.activation,
            settings.hidden,
            settings.activation
        );
        return Err(Error::new(Code::Corrupt, what));
    }
    if network.epoch != trial.from_epoch {
        let what = format!(
            "trial {} is to go on from epoch {} and its checkpoint stands at {}",
            trial.trial, trial.from_epoch, network.epoch
        );
        return Err(Error::new(Code::Corrupt, what));
    }
    Ok(())
}

/// The share of the test digits that the network in `checkpoint` answers rightly.
///
/// No study sees these digits. The answer says what the chosen network is worth as long as nothing is chosen by it: ask
/// once, of one network, when all is done.
///
/// # Errors
/// [`Code::Corrupt`] or [`Code::NewerVersion`] if that is no checkpoint of [`DigitsTrainer`].
pub fn test_accuracy(checkpoint: &[u8]) -> Result<f64> {
    let network = checkpoint::decode(checkpoint)?;
    Ok(network.accuracy(&data::unseen()))
}

#[cfg(test)]
mod tests;
