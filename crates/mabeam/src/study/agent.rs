//! A trainer: the agent that does a study's work, one piece at a time.
//!
//! It asks the scheduler for work, does it on a thread for work that computes, keeps the checkpoint, and reports. All
//! of that happens in the handling of one message, because nothing else is ever asked of it; it is stopped by a kill,
//! which reaches it wherever it waits, and work that is cut off is done again by whoever asks next.

mod training;
mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use foundation_core::{Address, CallError, Context, Exit, Process, Refusal, Runtime};

use super::checkpoint::CheckpointStore;
use super::live::{Objective, Stretch};
use super::objective::Trainer;
use super::scheduler::{Claimed, SchedulerMessage};

/// How long an agent waits for work before it asks again.
const CLAIM_DEADLINE: Duration = Duration::from_secs(3_600);
/// How long it waits before it asks a scheduler again that died.
const CLAIM_PAUSE: Duration = Duration::from_millis(10);

/// What a study measures.
#[derive(Clone)]
pub(crate) enum Measure {
    /// In pieces, with checkpoints.
    Trainer(Arc<dyn Trainer>),
    /// In one go, on a thread.
    Objective(Arc<dyn Objective>),
}

/// What an agent is told: to work until the study is finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin;

/// The process of a trainer.
pub(crate) struct Agent {
    index: u32,
    seed: u64,
    runtime: Runtime,
    scheduler: Address<SchedulerMessage>,
    measure: Measure,
    checkpoints: CheckpointStore,
    /// Live trials that wait for their next stretch.
    held: BTreeMap<u64, mpsc::Sender<Stretch>>,
}

impl Agent {
    pub(crate) fn new(
        index: u32,
        seed: u64,
        runtime: Runtime,
        scheduler: Address<SchedulerMessage>,
        measure: Measure,
        checkpoints: CheckpointStore,
    ) -> Self {
        Self { index, seed, runtime, scheduler, measure, checkpoints, held: BTreeMap::new() }
    }

    /// Asks for work until there is an answer; asks again when the scheduler was restarted meanwhile.
    async fn claim(&self) -> Result<Claimed, CallError> {
        loop {
            let (agent, holding) = (self.index, self.held.keys().copied().collect());
            let asked = |reply| SchedulerMessage::Claim { agent, holding, reply };
            match self.scheduler.call(asked, CLAIM_DEADLINE).await {
                Ok(claimed) => return Ok(claimed),
                // Its supervisor gave up, and stops this agent too.
                Err(error @ CallError::NotSent(Refusal::Stopped(_))) => return Err(error),
                Err(_) => self.runtime.clock().sleep(CLAIM_PAUSE).await,
            }
        }
    }

    async fn work(&mut self) -> Result<(), Exit> {
        let mut next = None;
        loop {
            let claimed = match next.take() {
                Some(claimed) => claimed,
                None => self.claim().await.map_err(|error| Exit::failed(error.into()))?,
            };
            let (work, over) = match claimed {
                Claimed::Work { work, over } => (work, over),
                Claimed::Finished => {
                    self.held.clear();
                    return Ok(());
                }
            };
            for trial in over {
                // Letting go tells the trial's thread to stop.
                self.held.remove(&trial);
            }
            let held = self.held.remove(&work.job.trial);
            match self.perform(*work, held).await {
                Ok(performed) => {
                    self.held.extend(performed.held);
                    next = performed.next;
                }
                Err(error) => {
                    // Storage that fails concerns the whole study: the scheduler decides whether it goes on.
                    let error = Arc::new(error);
                    let _ = self.scheduler.cast(SchedulerMessage::Broken { error: error.clone() }).await;
                    return Err(Exit::Failed(error));
                }
            }
        }
    }
}

impl Process for Agent {
    type Message = Begin;

    async fn init(&mut self, context: &mut Context<Self>) -> Result<(), Exit> {
        // The mailbox is new and empty, so there is room.
        context.address().try_cast(Begin).map_err(|error| Exit::failed(error.into()))
    }

    async fn handle(&mut self, Begin: Begin, _context: &mut Context<Self>) -> Result<(), Exit> {
        self.work().await
    }
}
