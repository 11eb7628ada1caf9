//! A trainer's piece of work: from the newest checkpoint that is whole, through what has to be done again, to the rung.

use std::sync::Arc;

use foundation_core::Error;

use super::super::event::Outcome;
use super::super::objective::{Advanced, Trainer, TrialContext};
use super::super::scheduler::Work;
use super::super::state::Leg;
use super::Agent;
use super::work::Performed;

impl Agent {
    /// Trains a trial to its rung.
    ///
    /// A child begins from its parent's checkpoint, which is copied under the child's own name before anything else, so
    /// that the child stands on its own from then on. Where every checkpoint is lost, the trial is trained again from
    /// its beginning: first its ancestors' part with their parameters, then its own.
    pub(super) async fn train(&self, trainer: Arc<dyn Trainer>, work: &Work) -> Result<Performed, Error> {
        let trial = work.job.trial;
        let (from_epoch, mut checkpoint) = self.newest_checkpoint(work).await?;
        let performed = |outcome| {
            Ok(Performed { outcome, repeated: u64::from(work.job.from_epoch.saturating_sub(from_epoch)), held: None })
        };
        let mut value = f64::NAN;
        for leg in work.legs.iter().filter(|leg| leg.to_epoch > from_epoch) {
            let advanced = match self.advance(&trainer, leg, from_epoch, checkpoint.take()).await {
                Ok(advanced) => advanced,
                Err(reason) => return performed(Outcome::Failed(reason)),
            };
            if leg.trial != trial && leg.to_epoch == work.job.from_epoch {
                self.checkpoints.put(trial, &advanced.checkpoint).await?;
            }
            value = advanced.value;
            checkpoint = Some(advanced.checkpoint);
        }
        // Nobody goes on from the last rung, and a value that is no number ends the trial.
        let is_needed = !work.is_last_rung && value.is_finite();
        let checkpoint = match checkpoint {
            Some(checkpoint) if is_needed => Some(self.checkpoints.keep(trial, work.job.to_epoch, &checkpoint).await?),
            _ => None,
        };
        performed(Outcome::Reached { value, checkpoint, is_done: false, further: Vec::new() })
    }

    /// Trains one leg, from where it begins or from where a checkpoint stands within it; answers why where it fails.
    async fn advance(
        &self,
        trainer: &Arc<dyn Trainer>,
        leg: &Leg,
        from_epoch: u32,
        checkpoint: Option<Vec<u8>>,
    ) -> Result<Advanced, String> {
        let from_epoch = leg.from_epoch.max(from_epoch);
        let context = TrialContext { seed: self.seed, trial: leg.trial, from_epoch, to_epoch: leg.to_epoch };
        let (trainer, params) = (trainer.clone(), leg.params.clone());
        let advanced = self
            .runtime
            .spawner()
            .spawn_blocking("study-trainer", move || trainer.advance(&context, &params, checkpoint.as_deref()))
            .await;
        match advanced {
            Ok(Ok(advanced)) => Ok(advanced),
            Ok(Err(error)) => Err(error.message().to_owned()),
            Err(aborted) => Err(format!("panicked: {}", aborted.reason)),
        }
    }

    /// Finds where to go on from: the newest rung whose checkpoint is whole, or the very beginning.
    async fn newest_checkpoint(&self, work: &Work) -> Result<(u32, Option<Vec<u8>>), Error> {
        for kept in &work.checkpoints {
            let Some(checkpoint) = self.checkpoints.get(kept.trial, &kept.hash).await? else { continue };
            if kept.trial != work.job.trial && kept.epochs == work.job.from_epoch {
                self.checkpoints.put(work.job.trial, &checkpoint).await?;
            }
            return Ok((kept.epochs, Some(checkpoint)));
        }
        Ok((0, None))
    }
}
