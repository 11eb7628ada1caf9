//! Judging what a study has found by other splits of the digits than the one it chose by.

use mabeam::{Judge, Judgement, Judging, Params, TrialContext, TrialError};

use crate::data::{SPLITS, STUDY_SPLIT};
use crate::trainer::DigitsTrainer;

/// How long a network is trained to be judged: as long as a completed trial.
const EPOCHS: u32 = 27;

/// Trains a network anew on a split of the critic's own and scores each digit of its part to choose by: 1 where it is
/// answered rightly, 0 where not.
///
/// There are as many critics as splits that the study does not use itself: [`DigitsCritic::CRITICS`]. The random
/// numbers of a network belong to the study's seed and the critic, so that two configurations are judged with the same
/// ones.
#[derive(Clone, Debug)]
pub struct DigitsCritic {
    splits: Vec<DigitsTrainer>,
}

impl DigitsCritic {
    /// How many critics can judge, each on its own split.
    pub const CRITICS: u32 = SPLITS as u32 - 1;

    /// Reads the digits, once for each split.
    #[must_use]
    pub fn new() -> Self {
        let others = (0..SPLITS).filter(|split| *split != STUDY_SPLIT);
        Self { splits: others.map(DigitsTrainer::on_split).collect() }
    }
}

impl Default for DigitsCritic {
    fn default() -> Self {
        Self::new()
    }
}

impl Judge for DigitsCritic {
    fn judge(&self, judging: &Judging, params: &Params) -> Result<Judgement, TrialError> {
        let Some(trainer) = self.splits.get(judging.critic as usize) else {
            return Err(TrialError::new(format!(
                "critic {} has no split: there are {}",
                judging.critic,
                Self::CRITICS
            )));
        };
        // Far above the numbers of trials, whose networks draw from the same seed.
        let trial = u64::from(u32::MAX - judging.critic);
        let context = TrialContext { seed: judging.seed, trial, from_epoch: 0, to_epoch: EPOCHS };
        let answers = trainer.right_answers(&context, params)?;
        Ok(Judgement { scores: answers.into_iter().map(f64::from).collect(), epochs: EPOCHS.into(), cpu_s: None })
    }
}

#[cfg(test)]
mod tests;
