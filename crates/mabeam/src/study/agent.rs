//! A trainer: the agent that does a study's work, one piece at a time.
//!
//! It asks the scheduler for work, does it off the threads of the processes, keeps the checkpoint, and reports. It
//! waits for all of this outside of its own message handling, so it can be stopped at any moment; work that is cut
//! off is done again by whoever asks next.

mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use foundation_core::{Address, CallError, Context, Error, Exit, Process, Runtime};

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

/// What an agent is told.
#[derive(Debug)]
pub(crate) enum AgentMessage {
    /// The scheduler's answer.
    Answered(Result<Claimed, CallError>),
    /// A piece of work was reported; with the way to go on where the trial waits on its thread.
    Done(Result<Option<(u64, mpsc::Sender<Stretch>)>, Error>),
    /// Time to ask again.
    Ask,
}

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

    fn ask(&self, context: &Context<Self>) {
        let scheduler = self.scheduler.clone();
        let me = context.address();
        let (agent, holding) = (self.index, self.held.keys().copied().collect::<Vec<_>>());
        self.runtime.spawner().spawn("study-agent-claim", async move {
            let answer =
                scheduler.call(|reply| SchedulerMessage::Claim { agent, holding, reply }, CLAIM_DEADLINE).await;
            // The agent may have ended meanwhile: then nobody needs the answer.
            let _ = me.cast(AgentMessage::Answered(answer)).await;
        });
    }
}

impl Process for Agent {
    type Message = AgentMessage;

    async fn init(&mut self, context: &mut Context<Self>) -> Result<(), Exit> {
        self.ask(context);
        Ok(())
    }

    async fn handle(&mut self, message: AgentMessage, context: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            AgentMessage::Answered(Ok(Claimed::Work { work, over })) => {
                for trial in over {
                    // Letting go tells the trial's thread to stop.
                    self.held.remove(&trial);
                }
                let held = self.held.remove(&work.job.trial);
                let bench = work::Bench {
                    agent: self.index,
                    seed: self.seed,
                    runtime: self.runtime.clone(),
                    scheduler: self.scheduler.clone(),
                    measure: self.measure.clone(),
                    checkpoints: self.checkpoints.clone(),
                };
                let me = context.address();
                self.runtime.spawner().spawn("study-agent-work", async move {
                    let done = bench.perform(*work, held).await;
                    let _ = me.cast(AgentMessage::Done(done)).await;
                });
            }
            AgentMessage::Answered(Ok(Claimed::Finished)) => self.held.clear(),
            AgentMessage::Answered(Err(_)) => {
                context.send_after(CLAIM_PAUSE, AgentMessage::Ask);
            }
            AgentMessage::Done(Ok(held)) => {
                self.held.extend(held);
                self.ask(context);
            }
            AgentMessage::Done(Err(error)) => {
                // Storage that fails concerns the whole study: the scheduler decides whether it goes on.
                let error = Arc::new(error);
                let _ = self.scheduler.cast(SchedulerMessage::Broken { error: error.clone() }).await;
                return Err(Exit::Failed(error));
            }
            AgentMessage::Ask => self.ask(context),
        }
        Ok(())
    }
}
