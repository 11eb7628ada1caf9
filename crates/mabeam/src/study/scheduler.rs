//! The scheduler: the process that owns a study. It alone decides and writes; agents ask it for work and report.
//!
//! Whatever it answers was durable before. When it dies its supervisor starts it again, and it reads its state from
//! the log; agents that wait for an answer hear of the death and ask again.

mod answers;
mod asking;
mod desk;
mod front;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::{EventSource, ProcessRef};
use foundation_core::{Address, Code, Context, Error, Exit, Process, Reply};

use super::checkpoint::CheckpointStore;
use super::config::StudyConfig;
use super::event::{Enqueued, Evaluated, Interrupted, Judged, Outcome, Reported, StudyEvent};
use super::journal::{Journal, JournalPorts};
use super::meters::StudyMeters;
use super::panel::PanelMessage;
use super::proposer::stream_of_offer;
use super::run::StudyPorts;
use super::space::Params;
use super::state::{Decision, Job, Kept, Leg, StudyState, StudySummary};
pub(crate) use asking::Proposers;
use desk::Desk;
use front::Front;
pub(crate) use front::{Asking, FrontMessage, Said, Took};

/// A piece of work, as an agent gets it.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) slot: u32,
    pub(crate) job: Job,
    pub(crate) params: Params,
    /// Where to go on from, newest first.
    pub(crate) checkpoints: Vec<Kept>,
    /// With which parameters the trial is trained from its beginning, which may be another trial's.
    pub(crate) legs: Vec<Leg>,
    pub(crate) is_last_rung: bool,
    /// The names of the further objectives.
    pub(crate) goals: Vec<String>,
    /// The epochs of the last rung.
    pub(crate) last_epoch: u32,
}

/// The answer to an agent that asked for work.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// Something to do; `over` names those of the trials the agent holds that nobody needs any more.
    Work { work: Box<Work>, over: Vec<u64> },
    /// The study is finished.
    Finished,
}

/// The answer to a report.
#[derive(Debug)]
pub(crate) struct Noted {
    /// Whether the trial is over.
    pub(crate) is_over: bool,
    /// The trials whose checkpoints nobody needs any more.
    pub(crate) unneeded: Vec<u64>,
    /// What the agent does next, if it wanted more and there is something at once.
    pub(crate) next: Option<Claimed>,
}

/// What the scheduler is told.
#[derive(Debug)]
pub(crate) enum SchedulerMessage {
    /// An agent has room; it holds trials that cannot move to another agent.
    Claim { agent: u32, holding: Vec<u64>, reply: Reply<Claimed> },
    /// An agent is done with a piece of work. Telling it twice is harmless. Where the agent wants more it says which
    /// trials it holds.
    Report { reported: Reported, more: Option<Vec<u64>>, reply: Reply<Noted> },
    /// A worker elsewhere asks, reports or tells.
    Front(FrontMessage),
    /// What an agent stands on fails.
    Broken { error: Arc<Error> },
    /// Something was computed beside the budget.
    Evaluate { evaluated: Evaluated, reply: Reply<()> },
    /// A critic evaluated a configuration.
    Judged { judged: Judged, reply: Reply<()> },
    /// A configuration is to be tried before the samplers are asked.
    Enqueue { enqueued: Enqueued, reply: Reply<Result<(), Error>> },
    /// The study has run as long as it may.
    TimeIsUp,
    /// Somebody wants to see how the study stands, with the trials of these numbers.
    Summarise { page: Range<usize>, reply: Reply<Box<StudySummary>> },
    /// Somebody wants to see all of the study.
    Look { reply: Reply<Arc<StudyState>> },
    /// Somebody waits for the end.
    AwaitFinish { reply: Reply<Arc<StudyState>> },
}

/// The process that owns a study.
pub(crate) struct Scheduler {
    config: StudyConfig,
    ports: StudyPorts,
    proposers: Proposers,
    meters: StudyMeters,
    checkpoints: CheckpointStore,
    /// What follows the description of a new study.
    beginnings: Arc<[StudyEvent]>,
    /// Who is told of new best trials.
    panel: Option<Address<PanelMessage>>,
    opened: Option<Opened>,
    waiting_for_finish: Vec<Reply<Arc<StudyState>>>,
}

/// What exists once the log was read.
struct Opened {
    journal: Journal,
    state: StudyState,
    desk: Desk,
    front: Front,
}

impl Scheduler {
    pub(crate) fn new(
        config: StudyConfig,
        ports: StudyPorts,
        proposers: Proposers,
        checkpoints: CheckpointStore,
        beginnings: Arc<[StudyEvent]>,
        panel: Option<Address<PanelMessage>>,
    ) -> Self {
        let meters = StudyMeters::new(ports.runtime.telemetry(), config.schedule.rungs().len(), &config.team);
        Self {
            config,
            ports,
            proposers,
            meters,
            checkpoints,
            beginnings,
            panel,
            opened: None,
            waiting_for_finish: Vec::new(),
        }
    }

    async fn open(&self, me: ProcessRef) -> Result<(Opened, Duration), Error> {
        let runtime = &self.ports.runtime;
        let source =
            EventSource::new(runtime.clock().clone(), runtime.entropy().clone(), runtime.node().clone()).of_process(me);
        let ports = JournalPorts {
            log: self.ports.log.clone(),
            clock: runtime.clock().clone(),
            entropy: runtime.entropy().clone(),
            source,
        };
        let (mut journal, mut state, before) = Journal::open(ports, &self.config, &self.beginnings).await?;
        let goes_on = before.is_some();
        if goes_on && !state.is_finished() {
            let mut events = vec![StudyEvent::Resumed];
            for (slot, held) in state.slots().iter().enumerate() {
                if let Some(job) = held.open_job() {
                    events.push(interrupted(slot as u32, job));
                }
            }
            for event in &events {
                state.apply(event)?;
            }
            journal.append(&events).await?;
        }
        if goes_on {
            // A trial may have ended just before the end of the last run, with its checkpoints still there.
            self.checkpoints.sweep(|trial| !state.needs_checkpoints(trial)).await?;
        }
        Ok((Opened { journal, state, desk: Desk::default(), front: Front::default() }, before.unwrap_or_default()))
    }

    /// Takes in events that have happened, every decision that follows from them, and writes them all at once.
    async fn record(&mut self, opened: &mut Opened, happened: Vec<StudyEvent>) -> Result<(), Error> {
        let was_finished = opened.state.is_finished();
        let n_bests = opened.state.bests().len();
        let mut events = happened;
        for event in &events {
            opened.state.apply(event)?;
        }
        while let Some(decision) = opened.state.decision() {
            let event = match decision {
                Decision::Event(event) => event,
                Decision::Offer { cost } => self.offer(&opened.state, cost).await?,
                Decision::Start { trial, member, assigned } => {
                    let params = self.proposers.suggest(member, &opened.state, trial).await?;
                    let params = opened.state.instead_of(trial, params);
                    Decision::started(assigned, Some(member), params)
                }
            };
            opened.state.apply(&event)?;
            events.push(event);
        }
        opened.journal.append(&events).await?;
        self.meters.show(&opened.state);
        opened.desk.hand_out(&opened.state);
        if let (Some(panel), true) = (&self.panel, opened.state.bests().len() > n_bests) {
            // A panel that is not running looks for itself when it starts.
            let _ = panel.try_cast(PanelMessage::Consider);
        }
        if opened.state.is_finished() {
            if !was_finished {
                self.checkpoints.sweep(|_| true).await?;
            }
            let state = Arc::new(opened.state.clone());
            for reply in self.waiting_for_finish.drain(..) {
                reply.send(state.clone());
            }
        }
        Ok(())
    }

    /// Has the next start find its owner.
    async fn offer(&self, state: &StudyState, cost: u64) -> Result<StudyEvent, Error> {
        let Some(market) = state.market() else {
            return Err(Error::new(Code::Internal, "a start is offered, and there is no market"));
        };
        let bids = if market.wants_bids() { self.proposers.bids(market).await? } else { Vec::new() };
        let mut random = stream_of_offer(state.config().seed, market.round());
        Ok(StudyEvent::Market(market.next_owner(cost, &bids, &mut random)?))
    }

    async fn handle_opened(&mut self, opened: &mut Opened, message: SchedulerMessage) -> Result<(), Exit> {
        match message {
            SchedulerMessage::Claim { agent, holding, reply } => {
                // An agent that asks for work while it has some lost it: it was started again.
                let lost = opened.desk.claim(agent, holding, reply);
                let cut_off: Vec<StudyEvent> = lost
                    .into_iter()
                    .filter_map(|slot| opened.state.slots()[slot as usize].open_job().map(|job| interrupted(slot, job)))
                    .collect();
                if cut_off.is_empty() {
                    opened.desk.hand_out(&opened.state);
                } else {
                    self.record(opened, cut_off).await.map_err(Exit::failed)?;
                }
            }
            SchedulerMessage::Report { reported, more, reply } => {
                let reported = checked(reported);
                let is_finished = opened.state.is_finished();
                let is_awaited = opened
                    .state
                    .slots()
                    .get(reported.slot as usize)
                    .and_then(|slot| slot.open_job())
                    .is_some_and(|job| job.trial == reported.trial && job.rung == reported.rung as usize);
                let (trial, agent, before) = (reported.trial as usize, reported.agent, opened.state.trials().len());
                // Before anybody is given work: the trial may go on at once, and it waits with this agent.
                if let Some(holding) = &more {
                    opened.desk.hold(agent, holding);
                }
                if is_awaited && !is_finished {
                    opened.desk.done(reported.slot);
                    self.record(opened, vec![StudyEvent::Reported(reported)]).await.map_err(Exit::failed)?;
                }
                // A report that nobody waits for was told before: by this agent, or by one that did the work again.
                let is_over = opened.state.trials().get(trial).is_none_or(|trial| trial.state.is_over());
                let next = more.and_then(|holding| opened.desk.next_for(agent, &holding, &opened.state));
                let unneeded = opened.state.unneeded_after(trial as u64, before);
                reply.send(Noted { is_over, unneeded, next });
            }
            SchedulerMessage::Front(message) => self.front(opened, message).await.map_err(Exit::failed)?,
            // Ends this life of the scheduler; if the next ones fare no better, the team ends with this error.
            SchedulerMessage::Broken { error } => return Err(Exit::Failed(error)),
            SchedulerMessage::Evaluate { evaluated, reply } => {
                self.record(opened, vec![StudyEvent::Evaluated(evaluated)]).await.map_err(Exit::failed)?;
                reply.send(());
            }
            SchedulerMessage::Judged { judged, reply } => {
                self.record(opened, vec![StudyEvent::Judged(judged)]).await.map_err(Exit::failed)?;
                reply.send(());
            }
            SchedulerMessage::TimeIsUp => {
                if !opened.state.is_finished() {
                    self.record(opened, vec![StudyEvent::TimedOut]).await.map_err(Exit::failed)?;
                }
            }
            SchedulerMessage::Enqueue { enqueued, reply } => {
                let answer = match opened.state.config().space.check_feasible(&enqueued.params) {
                    Err(error) => Err(error),
                    Ok(()) if opened.state.is_finished() => Err(Error::new(
                        Code::InvalidStudy,
                        format!("enqueue {}: study `{}` is finished", enqueued.params, self.config.name),
                    )),
                    Ok(()) => {
                        self.record(opened, vec![StudyEvent::Enqueued(enqueued)]).await.map_err(Exit::failed)?;
                        Ok(())
                    }
                };
                reply.send(answer);
            }
            SchedulerMessage::Summarise { page, reply } => {
                reply.send(Box::new(opened.state.summary(page)));
            }
            SchedulerMessage::Look { reply } => {
                reply.send(Arc::new(opened.state.clone()));
            }
            SchedulerMessage::AwaitFinish { reply } => {
                if opened.state.is_finished() {
                    reply.send(Arc::new(opened.state.clone()));
                } else {
                    self.waiting_for_finish.push(reply);
                }
            }
        }
        Ok(())
    }
}

impl Process for Scheduler {
    type Message = SchedulerMessage;

    async fn init(&mut self, context: &mut Context<Self>) -> Result<(), Exit> {
        let (mut opened, has_run) = self.open(context.process_ref()).await.map_err(Exit::failed)?;
        if let Some(limit) = self.config.time_limit_s {
            context.send_after(Duration::from_secs(limit).saturating_sub(has_run), SchedulerMessage::TimeIsUp);
        }
        // The first decisions, or those that a crash kept from being written.
        self.record(&mut opened, Vec::new()).await.map_err(Exit::failed)?;
        self.opened = Some(opened);
        Ok(())
    }

    async fn handle(&mut self, message: SchedulerMessage, context: &mut Context<Self>) -> Result<(), Exit> {
        // Taken out while it is worked with. An error ends the process, and with it a state that was not written.
        let Some(mut opened) = self.opened.take() else { return Ok(()) };
        let mut handled = self.handle_opened(&mut opened, message).await;
        if handled.is_ok() {
            handled = self.lease(&mut opened, context).await.map_err(Exit::failed);
        }
        self.opened = Some(opened);
        handled
    }
}

fn interrupted(slot: u32, job: &Job) -> StudyEvent {
    StudyEvent::Interrupted(Interrupted { slot, trial: job.trial, epochs: job.cost() })
}

/// A value that is no number is a failure of the trial, and a reason is kept as far as a log takes it.
fn checked(mut reported: Reported) -> Reported {
    if let Outcome::Reached { value, further, .. } = &reported.outcome
        && let Some(value) = std::iter::once(value).chain(further).find(|value| !value.is_finite())
    {
        reported.outcome = Outcome::Failed(format!("the value is {value}, which is no finite number"));
    }
    if let Outcome::Failed(reason) = &mut reported.outcome {
        *reason = answers::kept(std::mem::take(reason));
    }
    reported
}
