//! One piece of work, from the checkpoint it begins with to the report that the scheduler acknowledged.

use std::sync::mpsc;
use std::time::Duration;

use foundation_core::{CallError, Error, Refusal};
use futures_channel::oneshot;

use super::super::event::{Outcome, Reported};
use super::super::live::{self, Stretch, StretchEnd};
use super::super::objective::TrialContext;
use super::super::scheduler::{Claimed, Noted, SchedulerMessage, Work};
use super::{Agent, Measure};

/// How long the scheduler may take to write a report down.
const REPORT_DEADLINE: Duration = Duration::from_secs(30);
/// How long an agent waits before it reports again to a scheduler that died.
const REPORT_PAUSE: Duration = Duration::from_millis(10);

/// How far the work came, before it is reported.
pub(super) struct Performed {
    pub(super) outcome: Outcome,
    pub(super) repeated: u64,
    /// The trial waits on its thread for its next stretch.
    pub(super) held: Option<mpsc::Sender<Stretch>>,
}

/// A piece of work that was reported.
pub(super) struct Acknowledged {
    /// The trial and the way to go on with it, where it waits on a thread.
    pub(super) held: Option<(u64, mpsc::Sender<Stretch>)>,
    /// What is to be done next, if that is known.
    pub(super) next: Option<Claimed>,
}

impl Agent {
    /// Does the work and reports it.
    pub(super) async fn perform(&self, work: Work, held: Option<mpsc::Sender<Stretch>>) -> Result<Acknowledged, Error> {
        let began = self.runtime.clock().now();
        let trial = work.job.trial;
        let performed = match &self.measure {
            Measure::Trainer(trainer) => self.train(trainer.clone(), &work).await?,
            Measure::Objective(objective) => self.stretch(objective.clone(), &work, held).await,
        };
        let reported = Reported {
            slot: work.slot,
            trial,
            rung: work.job.rung as u32,
            outcome: performed.outcome,
            repeated: performed.repeated,
            agent: self.index,
            seconds: self.runtime.clock().now().since(began).as_secs_f64(),
        };
        let goes_on = performed.held.as_ref().map(|_| trial);
        let noted = self.report(reported, self.held.keys().copied().chain(goes_on).collect()).await?;
        if matches!(self.measure, Measure::Trainer(_)) {
            for unneeded in noted.unneeded {
                self.checkpoints.remove(unneeded).await?;
            }
        }
        let held = performed.held.filter(|_| !noted.is_over).map(|held| (trial, held));
        Ok(Acknowledged { held, next: noted.next })
    }

    async fn stretch(
        &self,
        objective: std::sync::Arc<dyn live::Objective>,
        work: &Work,
        held: Option<mpsc::Sender<Stretch>>,
    ) -> Performed {
        let (ended, end) = oneshot::channel();
        let stretch = Stretch { to_epoch: work.job.to_epoch, ended };
        let (next, repeated) = match held {
            Some(next) => {
                // The thread is waiting for this; were it gone, the end would never be told, and is a failure below.
                let _ = next.send(stretch);
                (next, 0)
            }
            None => (self.start_thread(objective, work, stretch), u64::from(work.job.from_epoch)),
        };
        let outcome = match end.await {
            Ok(StretchEnd::Reached { value, is_done, further }) => {
                Outcome::Reached { value, checkpoint: None, is_done, further }
            }
            Ok(StretchEnd::Failed(reason)) => Outcome::Failed(reason),
            Err(oneshot::Canceled) => Outcome::Failed("its thread ended without a value".to_owned()),
        };
        let goes_on = matches!(outcome, Outcome::Reached { is_done: false, .. });
        Performed { outcome, repeated, held: goes_on.then_some(next) }
    }

    fn start_thread(
        &self,
        objective: std::sync::Arc<dyn live::Objective>,
        work: &Work,
        first: Stretch,
    ) -> mpsc::Sender<Stretch> {
        let (next, stretches) = mpsc::channel();
        // Its own thread runs through every rung, so its end is the last one.
        let context = TrialContext { seed: self.seed, trial: work.job.trial, from_epoch: 0, to_epoch: work.last_epoch };
        let (params, goals) = (work.params.clone(), work.goals.clone());
        let thread = self.runtime.spawner().spawn_blocking("study-objective", move || {
            live::run(&*objective, context, params, goals, first, stretches);
        });
        // The thread tells its end by itself; where it cannot run at all, its stretch is dropped, which tells it too.
        drop(thread);
        next
    }

    /// Reports until the scheduler has written it down; `holding` are the trials that this agent holds.
    async fn report(&self, reported: Reported, holding: Vec<u64>) -> Result<Noted, Error> {
        loop {
            let (reported, more) = (reported.clone(), Some(holding.clone()));
            let trial = reported.trial;
            let told = |reply| SchedulerMessage::Report { reported, more, reply };
            match self.scheduler.call(told, REPORT_DEADLINE).await {
                Ok(noted) => return Ok(noted),
                Err(CallError::Deadline) => {
                    return Err(Error::new(
                        foundation_core::Code::Timeout,
                        format!("report trial {}: the scheduler did not write it down in {REPORT_DEADLINE:?}", trial),
                    ));
                }
                // Its supervisor gave up, and stops this agent too.
                Err(CallError::NotSent(Refusal::Stopped(exit))) => {
                    return Err(Error::new(
                        foundation_core::Code::ServiceUnavailable,
                        format!("report trial {}: the scheduler ended: {exit}", trial),
                    ));
                }
                // It died and is started again.
                Err(_) => self.runtime.clock().sleep(REPORT_PAUSE).await,
            }
        }
    }
}
