//! The scheduler's side of ask and tell: workers elsewhere get trials on leases.
//!
//! Who has what is decided by [`LeaseTable`]; here its decisions meet the study's state and its log. The table and the
//! questions that wait are known to this life of the scheduler only.

use std::collections::VecDeque;
use std::time::Duration;

use foundation_core::port::clock::Monotonic;
use foundation_core::{Code, Context, Error, Reply, Result, TimerId};

use super::super::ask::{Answer, Given, LeaseId, LeaseTable, Open, Standing, Was, Wish, Word, fingerprint};
use super::super::event::{Enqueued, Reported, StudyEvent, Told};
use super::super::space::Params;
use super::super::state::{StudyState, TrialState};
use super::answers::{fitting, lost, to_be_tried, told_before, unsettled, unsettled_answer};
use super::desk::work_of;
use super::{Opened, Scheduler, SchedulerMessage, Work, interrupted};

/// What a worker that asks gets.
#[derive(Debug)]
pub(crate) enum Asking {
    /// A trial.
    Trial { work: Box<Work>, lease: LeaseId, until: Monotonic },
    /// There is none, and the worker does not wait.
    Nothing,
    /// The study is finished.
    Finished,
}

/// What a worker hears about its trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It goes on.
    GoOn,
    /// Nobody needs its answer any more.
    Stop(TrialState),
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Took {
    /// It stands in the log.
    Recorded,
    /// It stood there already.
    Duplicate,
    /// The study had decided against the trial before.
    NotNeeded,
}

/// What a worker says.
#[derive(Debug)]
pub(crate) enum FrontMessage {
    /// It wants a trial, and waits for one if it says so.
    Ask { worker: String, length: Duration, waits: bool, reply: Reply<Asking> },
    /// It works on.
    Renew { lease: LeaseId, reply: Reply<Result<Said>> },
    /// It has measured after some steps. Telling it twice is harmless.
    Step { lease: LeaseId, step: u32, value: f64, reply: Reply<Result<Said>> },
    /// It is done. Telling it twice is harmless.
    Tell { lease: LeaseId, answer: Answer, reply: Reply<Result<Took>> },
    /// It gives its trial back; the answer is whether it had it.
    Release { lease: LeaseId, reply: Reply<bool> },
    /// Somebody wants a configuration to be tried, unless it was or will be anyway.
    Enqueue { params: Params, reply: Reply<Result<Took>> },
    /// A lease may have run out while somebody waits.
    Lapse,
}

/// A worker that waits.
#[derive(Debug)]
struct Waiting {
    worker: String,
    length: Duration,
    waits: bool,
    reply: Reply<Asking>,
}

/// The leases of a study and who waits for one.
#[derive(Debug, Default)]
pub(super) struct Front {
    leases: LeaseTable,
    /// First come, first served. Nothing waits here while a trial is free.
    waiting: VecDeque<Waiting>,
    alarm: Option<(Monotonic, TimerId)>,
}

impl Scheduler {
    /// Takes in what a worker says. What is refused is the worker's affair; an error is the study's.
    pub(super) async fn front(&mut self, opened: &mut Opened, message: FrontMessage) -> Result<()> {
        match message {
            FrontMessage::Ask { worker, length, waits, reply } => {
                // A worker that asks again does not wait for its first question.
                opened.front.waiting.retain(|other| other.worker != worker);
                let has_one = opened.front.leases.has(&worker);
                let waiting = Waiting { worker, length, waits, reply };
                // One that has a trial gets the same again, and takes it from nobody.
                if has_one {
                    opened.front.waiting.push_front(waiting);
                } else {
                    opened.front.waiting.push_back(waiting);
                }
            }
            FrontMessage::Renew { lease, reply } => {
                reply.send(self.word(opened, lease).map(|_| said(&opened.state, lease)));
            }
            FrontMessage::Step { lease, step, value, reply } => {
                let counts = match self.word(opened, lease) {
                    Ok(word) => word == Word::Counts,
                    Err(refused) => {
                        reply.send(Err(refused));
                        return Ok(());
                    }
                };
                if counts {
                    if lacks_values(opened, lease.trial(), Some(step)) {
                        reply.send(Err(let_go(opened, lease)));
                        return Ok(());
                    }
                    if let Some(held) = opened.front.leases.on(lease.trial()) {
                        held.ahead.note(step, value, opened.state.config().schedule.rungs());
                    }
                    self.take_in(opened).await?;
                }
                reply.send(Ok(said(&opened.state, lease)));
            }
            FrontMessage::Tell { lease, answer, reply } => {
                let word = fitting(answer, opened.state.config()).and_then(|fit| Ok((self.word(opened, lease)?, fit)));
                let took = match word {
                    Err(refused) => Err(refused),
                    Ok((Word::Counts, _)) if lacks_values(opened, lease.trial(), None) => Err(let_go(opened, lease)),
                    Ok((Word::Counts, answer)) => {
                        self.tell(opened, lease, answer).await?;
                        Ok(Took::Recorded)
                    }
                    Ok((settled, answer)) => told_before(&opened.state, lease, &answer, &settled),
                };
                reply.send(took);
            }
            FrontMessage::Release { lease, reply } => {
                reply.send(opened.front.leases.give_back(self.ports.runtime.clock().now(), lease));
            }
            FrontMessage::Enqueue { params, reply } => {
                let took = match to_be_tried(&opened.state, &params) {
                    Ok(Some(params)) => {
                        self.record(opened, vec![StudyEvent::Enqueued(Enqueued { params })]).await?;
                        Ok(Took::Recorded)
                    }
                    Ok(None) => Ok(Took::Duplicate),
                    Err(refused) => Err(refused),
                };
                reply.send(took);
            }
            FrontMessage::Lapse => opened.front.alarm = None,
        }
        Ok(())
    }

    /// Whether what is said under a lease counts.
    fn word(&self, opened: &mut Opened, lease: LeaseId) -> Result<Word> {
        let Some(trial) = opened.state.trials().get(lease.trial() as usize) else {
            let what = format!("study `{}` has no trial {}", self.config.name, lease.trial());
            return Err(Error::new(Code::NotFound, what).advise("drop the result and ask for a trial"));
        };
        let is_settled = trial.state.is_over()
            || opened.state.told_of(trial.id).is_some()
            || unsettled_answer(&opened.state, trial.id).is_some();
        let standing = match is_settled {
            true => Standing::Settled,
            false => Standing::Awaited { params: fingerprint(&trial.params) },
        };
        let now = self.ports.runtime.clock().now();
        match opened.front.leases.word(now, lease, standing) {
            Word::Lost => Err(lost(lease, "it ran out, and another worker has the trial")),
            Word::Foreign => {
                Err(lost(lease, "it is on a trial with other parameters, of an earlier study of that name"))
            }
            word => Ok(word),
        }
    }

    /// Writes down what becomes of a trial, and whatever follows from it.
    async fn tell(&mut self, opened: &mut Opened, lease: LeaseId, answer: Answer) -> Result<()> {
        let now = self.ports.runtime.clock().now();
        let trial = lease.trial();
        let Some(held) = opened.front.leases.on(trial) else { return Ok(()) };
        let (agent, seconds) = (held.agent, now.since(held.since).as_secs_f64());
        let event = match open_slot(&opened.state, trial) {
            Some((slot, rung)) => StudyEvent::Reported(Reported {
                slot,
                trial,
                rung,
                outcome: answer.outcome(),
                repeated: held.repeated,
                agent,
                seconds,
            }),
            None => {
                let values = held.ahead.values().to_vec();
                StudyEvent::Told(Told { trial, values, answer, agent, seconds })
            }
        };
        self.record(opened, vec![event]).await?;
        opened.front.leases.answer(trial);
        self.take_in(opened).await
    }

    /// Writes down every value that a rung waits for, until no rung waits for one that is there.
    async fn take_in(&mut self, opened: &mut Opened) -> Result<()> {
        while let Some(reported) = self.due_report(opened) {
            self.record(opened, vec![StudyEvent::Reported(reported)]).await?;
        }
        let over: Vec<u64> = opened.front.leases.trials().filter(|trial| is_over(&opened.state, *trial)).collect();
        for trial in over {
            opened.front.leases.release(trial);
        }
        Ok(())
    }

    fn due_report(&self, opened: &mut Opened) -> Option<Reported> {
        let found = opened.front.leases.ahead().find_map(|(trial, held)| {
            let (slot, rung) = open_slot(&opened.state, trial)?;
            let work = work_of(&opened.state, slot)?;
            let outcome = held.ahead.outcome(work.job.to_epoch, work.is_last_rung)?;
            Some((trial, slot, rung, outcome, work.job.to_epoch))
        });
        let (trial, slot, rung, outcome, epochs) = found?;
        let now = self.ports.runtime.clock().now();
        let held = opened.front.leases.on(trial)?;
        held.ahead.reached(epochs);
        let seconds = now.since(std::mem::replace(&mut held.since, now)).as_secs_f64();
        let repeated = std::mem::take(&mut held.repeated);
        Some(Reported { slot, trial, rung, outcome, repeated, agent: held.agent, seconds })
    }

    /// Gives open work to those who wait, as far as it goes.
    pub(super) async fn lease(&mut self, opened: &mut Opened, context: &mut Context<Self>) -> Result<()> {
        let mut first_end = None;
        while let Some(waiting) = opened.front.waiting.pop_front() {
            if opened.state.is_finished() {
                waiting.reply.send(Asking::Finished);
                continue;
            }
            if !waiting.reply.is_awaited() {
                continue;
            }
            let runtime = &self.ports.runtime;
            let wish = Wish { worker: &waiting.worker, length: waiting.length, nonce: runtime.entropy().next_u64() };
            let now = runtime.clock().now();
            let params = |trial: u64| opened.state.trials().get(trial as usize).map_or(0, |t| fingerprint(&t.params));
            match opened.front.leases.ask(now, wish, &open(&opened.state), params) {
                Given::Trial { id, until, was } => self.hand_over(opened, waiting.reply, id, until, was).await?,
                Given::Nothing { until } => {
                    // What is not there for this one is not there for the others.
                    first_end = until;
                    opened.front.waiting.push_front(waiting);
                    break;
                }
            }
        }
        for waiting in std::mem::take(&mut opened.front.waiting) {
            if waiting.waits && waiting.reply.is_awaited() {
                opened.front.waiting.push_back(waiting);
            } else {
                waiting.reply.send(Asking::Nothing);
            }
        }
        if let Some(end) = first_end {
            let is_set = opened.front.alarm.as_ref().is_some_and(|(at, _)| *at <= end);
            if !is_set {
                if let Some((_, later)) = opened.front.alarm.take() {
                    context.cancel(later);
                }
                let span = end.since(self.ports.runtime.clock().now());
                let timer = context.send_after(span, SchedulerMessage::Front(FrontMessage::Lapse));
                opened.front.alarm = Some((end, timer));
            }
        }
        Ok(())
    }

    async fn hand_over(
        &mut self,
        opened: &mut Opened,
        reply: Reply<Asking>,
        lease: LeaseId,
        until: Monotonic,
        was: Was,
    ) -> Result<()> {
        let Some((slot, _)) = open_slot(&opened.state, lease.trial()) else { return Ok(()) };
        let Some(work) = work_of(&opened.state, slot) else { return Ok(()) };
        if was == Was::Lapsed {
            // Whoever had it is not waited for any more: what was done of it is lost.
            self.record(opened, vec![interrupted(slot, &work.job)]).await?;
        }
        if !reply.send(Asking::Trial { work: Box::new(work), lease, until }) {
            // It has gone meanwhile, and does not know of the trial.
            opened.front.leases.release(lease.trial());
        }
        Ok(())
    }
}

/// The trials whose work is open, the work that ends first in front.
fn open(state: &StudyState) -> Vec<Open> {
    let mut open: Vec<(u64, Open)> = Vec::new();
    for slot in state.slots() {
        let Some(job) = slot.open_job() else { continue };
        open.push((slot.time(), Open { trial: job.trial, from_epoch: job.from_epoch }));
    }
    // Stable, so slots that end at one time stay in the order of their numbers.
    open.sort_by_key(|(time, _)| *time);
    open.into_iter().map(|(_, open)| open).collect()
}

/// The slot that has a trial's open work, and the rung it is to reach.
fn open_slot(state: &StudyState, trial: u64) -> Option<(u32, u32)> {
    state.slots().iter().zip(0_u32..).find_map(|(held, slot)| {
        let job = held.open_job().filter(|job| job.trial == trial)?;
        Some((slot, job.rung as u32))
    })
}

/// Whether a worker may have reported values of its trial that are not known any more: its lease was taken in again
/// from its name, and it is beyond the next rung. What it says at `step`, or in the end where that is none, would then
/// stand on a rung in the place of an earlier value. On the first rung nothing is lost, because whatever reaches it is
/// written down at once, and on the last one nothing but the answer counts.
fn lacks_values(opened: &mut Opened, trial: u64, step: Option<u32>) -> bool {
    let may_lack = opened.front.leases.on(trial).is_some_and(|held| held.may_lack_values());
    let state = &opened.state;
    let reached = || state.trials().get(trial as usize)?.rungs.last().map(|reached| reached.rung);
    let Some(known) = unsettled(state, trial).map(|(rung, _)| rung).or_else(reached) else { return false };
    let schedule = &state.config().schedule;
    let is_before_last = known + 2 < schedule.rungs().len();
    may_lack && is_before_last && step.is_none_or(|step| step > schedule.epochs_at(known + 1))
}

/// Takes a trial from a worker whose values are not all known: it is measured anew.
fn let_go(opened: &mut Opened, lease: LeaseId) -> Error {
    opened.front.leases.release(lease.trial());
    lost(lease, "the study was started again, and has forgotten what was reported before of rungs to come")
}

fn is_over(state: &StudyState, trial: u64) -> bool {
    state.trials().get(trial as usize).is_none_or(|trial| trial.state.is_over())
}

fn said(state: &StudyState, lease: LeaseId) -> Said {
    match state.trials().get(lease.trial() as usize) {
        Some(trial) if !trial.state.is_over() => Said::GoOn,
        Some(trial) => Said::Stop(trial.state),
        None => Said::Stop(TrialState::Stopped),
    }
}
