//! From a description to a running team: the builder that people use, and the handle of what runs.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::{
    Address, CallError, ChildSpec, Code, Error, Exit, Restart, Result, Runtime, Shutdown, Supervisor, SupervisorHandle,
};
use futures_util::future::{Either, select};

use super::agent::{Agent, Measure};
use super::checkpoint::CheckpointStore;
use super::config::{Direction, StudyConfig};
use super::event::{Enqueued, Evaluated, Imported, Known, StudyEvent};
use super::live::{LiveTrial, Objective};
use super::objective::{Trainer, TrialError};
use super::proposer::Proposer;
use super::sampler::{Sampler, TpeSampler};
use super::schedule::{Asha, Halving, Schedule};
use super::scheduler::{Proposers, Scheduler, SchedulerMessage};
use super::space::{Params, SearchSpace};
use super::state::{StudyState, TrialState};
use super::team::{Team, TeamMember};

/// How long a look at a study may take.
const LOOK_DEADLINE: Duration = Duration::from_secs(30);
/// How long waiting for the end lasts before it is asked for again.
const FINISH_DEADLINE: Duration = Duration::from_secs(3_600);
/// How many trials a study has that was given neither a budget nor a number of trials.
const DEFAULT_TRIALS: u64 = 100;

/// How often sampler and scheduler may die before the team gives up: a storage that fails again and again is told, not
/// tried for ever.
const TEAM_INTENSITY: (u32, Duration) = (10, Duration::from_secs(10));
/// How often trainers may die. Their deaths cost the study nothing but time, and storage that fails them is told to the
/// scheduler.
const TRAINER_INTENSITY: (u32, Duration) = (1_000, Duration::from_secs(10));

/// What a study stands on.
#[derive(Clone, Debug)]
pub struct StudyPorts {
    /// Where its processes run.
    pub runtime: Runtime,
    /// Where its events go.
    pub log: Arc<dyn EventLog>,
    /// Where its checkpoints go.
    pub key_value: Arc<dyn KeyValue>,
}

/// A study to be run.
///
/// Defaults: seed 0, larger is better, TPE, 2 slots and as many agents, and without rungs 100 trials of one step
/// each; with rungs, a budget that the caller has to give.
#[derive(Clone, Debug)]
#[must_use = "a study does nothing until it is run"]
pub struct Study {
    name: String,
    space: SearchSpace,
    seed: u64,
    slots: u32,
    agents: Option<u32>,
    direction: Direction,
    pub(super) team: Team,
    schedule: Option<Schedule>,
    budget: Option<u64>,
    trials: Option<u64>,
    time_limit: Option<Duration>,
    beginnings: Vec<StudyEvent>,
}

impl Study {
    /// A study of `space`; its name is where its events go.
    pub fn new(name: impl Into<String>, space: SearchSpace) -> Self {
        Self {
            name: name.into(),
            space,
            seed: 0,
            slots: 2,
            agents: None,
            direction: Direction::Maximize,
            team: Team::one(Arc::new(TpeSampler::default())),
            schedule: None,
            budget: None,
            trials: None,
            time_limit: None,
            beginnings: Vec::new(),
        }
    }

    /// Where its random numbers come from. Default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many trials are under way at once, in the study's time. Part of its identity. Default 2.
    pub fn slots(mut self, slots: u32) -> Self {
        self.slots = slots;
        self
    }

    /// How many agents work, from one to the slots. Changes nothing but the time it takes. Default as many as slots.
    pub fn agents(mut self, agents: u32) -> Self {
        self.agents = Some(agents);
        self
    }

    /// Smaller values are better. Default: larger ones.
    pub fn minimize(mut self) -> Self {
        self.direction = Direction::Minimize;
        self
    }

    /// Who proposes. Default [`TpeSampler`].
    pub fn sampler(self, sampler: Arc<dyn Sampler>) -> Self {
        self.team(Team::one(sampler))
    }

    /// Who propose, and how trials are shared among them.
    pub fn team(mut self, team: Team) -> Self {
        self.team = team;
        self
    }

    /// The rungs and the rule of climbing them: an [`Asha`], a `Hyperband`, a `MedianStopping`. Default: one rung.
    ///
    /// Whether trials wait or end at a rung is set by how the study is run: with a trainer they wait.
    pub fn scheduler(mut self, schedule: impl Into<Schedule>) -> Self {
        self.schedule = Some(schedule.into());
        self
    }

    /// How many epochs all trials together may have.
    pub fn budget(mut self, epochs: u64) -> Self {
        self.budget = Some(epochs);
        self
    }

    /// How many trials may be started.
    pub fn trials(mut self, trials: u64) -> Self {
        self.trials = Some(trials);
        self
    }

    /// How long the study may run, interruptions not counted; whole seconds, rounded up. What is under way then is
    /// given up.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Has a configuration tried before the samplers are asked; several are tried in the order of these calls. It
    /// counts as a trial like any other. Where the study exists already this changes nothing: use
    /// [`RunningStudy::enqueue`].
    pub fn enqueue(mut self, params: Params) -> Self {
        self.beginnings.push(StudyEvent::Enqueued(Enqueued { params }));
        self
    }

    /// Begins with trials that are known from elsewhere. Where the study exists already this changes nothing.
    pub fn warm_start(mut self, known: impl IntoIterator<Item = Imported>) -> Self {
        self.beginnings.extend(known.into_iter().map(|imported| StudyEvent::Imported(Box::new(imported))));
        self
    }

    /// Begins with the trials of another study that are over, as [`warm_start`](Self::warm_start) does.
    pub fn fork(self, other: &StudyState) -> Self {
        let from = format!("study `{}`", other.config().name);
        let known = other.trials().iter().filter_map(|trial| {
            let known = match (trial.state, trial.value()) {
                (TrialState::Completed, Some(value)) => Known::Value(value),
                (TrialState::Stopped, Some(value)) => Known::Stopped(value),
                (TrialState::Failed, _) => Known::Failed(trial.failure.clone().unwrap_or_default()),
                _ => return None,
            };
            let from = format!("trial {} of {from}", trial.id);
            Some(Imported { params: trial.params.clone(), epochs: trial.epochs().max(1), known, from })
        });
        let known: Vec<Imported> = known.collect();
        self.warm_start(known)
    }

    /// Runs the study with a trainer, which can be paused and go on; answers when it is finished. Where the log holds
    /// the study already, it goes on from there.
    ///
    /// # Errors
    /// As [`start_trainer`](Self::start_trainer); and what ended the team, where it gave up.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the team running until its runtime ends.
    pub async fn train(self, ports: &StudyPorts, trainer: impl Trainer) -> Result<Arc<StudyState>> {
        self.start_trainer(ports, Arc::new(trainer)).await?.finish().await
    }

    /// Runs the study with a closure; otherwise like [`train`](Self::train).
    ///
    /// # Errors
    /// As [`train`](Self::train).
    ///
    /// # Cancel safety
    /// As [`train`](Self::train).
    pub async fn optimize(
        self,
        ports: &StudyPorts,
        objective: impl Fn(&mut LiveTrial) -> Result<f64, TrialError> + Send + Sync + 'static,
    ) -> Result<Arc<StudyState>> {
        self.start_objective(ports, Arc::new(objective)).await?.finish().await
    }

    /// Starts a team with a trainer.
    ///
    /// # Errors
    /// As [`start_objective`](Self::start_objective).
    pub async fn start_trainer(self, ports: &StudyPorts, trainer: Arc<dyn Trainer>) -> Result<RunningStudy> {
        self.start(ports, Some(Measure::Trainer(trainer)), Halving::Promotion).await
    }

    /// Starts a team with an objective.
    ///
    /// # Errors
    /// `InvalidStudy` for settings that do not fit together; `StudyMismatch` where the log holds a study of that name
    /// with another description; those of the storage.
    pub async fn start_objective(self, ports: &StudyPorts, objective: Arc<dyn Objective>) -> Result<RunningStudy> {
        self.start(ports, Some(Measure::Objective(objective)), Halving::Stopping).await
    }

    /// Starts a study without agents: the caller asks and tells.
    pub(super) async fn start_without_agents(self, ports: &StudyPorts) -> Result<RunningStudy> {
        // A worker holds its trial until it is told to stop, so a trial cannot wait with a checkpoint.
        self.start(ports, None, Halving::Stopping).await
    }

    async fn start(self, ports: &StudyPorts, measure: Option<Measure>, halving: Halving) -> Result<RunningStudy> {
        let agents = self.agents.unwrap_or(self.slots);
        let team = self.team.members().to_vec();
        let beginnings: Arc<[StudyEvent]> = self.beginnings.clone().into();
        let config = self.config(halving)?;
        for beginning in &*beginnings {
            let params = match beginning {
                StudyEvent::Enqueued(enqueued) => &enqueued.params,
                StudyEvent::Imported(imported) => &imported.params,
                _ => continue,
            };
            config.space.check(params).map_err(|error| error.during(format!("begin study `{}`", config.name)))?;
        }
        if agents == 0 || agents > config.slots {
            return Err(Error::new(
                Code::InvalidStudy,
                format!(
                    "study `{}`: {agents} agents on {} slots; one to as many as slots can work",
                    config.name, config.slots
                ),
            ));
        }
        let checkpoints = CheckpointStore::new(ports.key_value.clone(), &config.name)?;
        let mut members = Vec::new();
        let mut addresses = Vec::new();
        let mut proposers = Supervisor::one_for_one().intensity(TEAM_INTENSITY.0, TEAM_INTENSITY.1);
        for TeamMember { name, sampler, bidding } in team {
            let proposer = move || Proposer::new(sampler.clone(), bidding.clone());
            let proposer = ChildSpec::new(name.clone(), proposer).kind("sampler");
            members.push(killer(&proposer.address()));
            addresses.push((name, proposer.address()));
            proposers = proposers.child(proposer.restart(Restart::Permanent));
        }
        let first_trainer = members.len() + 1;
        let asked = Proposers::new(addresses, ports.runtime.clock().clone());
        let seed = config.seed;
        let scheduler = {
            let (ports, checkpoints) = (ports.clone(), checkpoints.clone());
            ChildSpec::new("scheduler", move || {
                Scheduler::new(config.clone(), ports.clone(), asked.clone(), checkpoints.clone(), beginnings.clone())
            })
        };
        let scheduler_address = scheduler.address();
        members.push(killer(&scheduler_address));
        let (restarts, period) = TRAINER_INTENSITY;
        let mut trainers = Supervisor::one_for_one().intensity(restarts, period);
        for index in 0..measure.as_ref().map_or(0, |_| agents) {
            let Some(measure) = measure.clone() else { break };
            let (runtime, scheduler, checkpoints) =
                (ports.runtime.clone(), scheduler_address.clone(), checkpoints.clone());
            let agent = ChildSpec::new(format!("trainer-{index}"), move || {
                Agent::new(index, seed, runtime.clone(), scheduler.clone(), measure.clone(), checkpoints.clone())
            });
            let agent = agent.kind("trainer");
            members.push(killer(&agent.address()));
            trainers = trainers.child(agent.shutdown(Shutdown::BrutalKill));
        }
        let (restarts, period) = TEAM_INTENSITY;
        let team = Supervisor::one_for_one()
            .intensity(restarts, period)
            .child(ChildSpec::supervisor("samplers", proposers))
            .child(scheduler.restart(Restart::Permanent).shutdown(Shutdown::Timeout(Duration::from_secs(5))))
            .child(ChildSpec::supervisor("trainers", trainers));
        let team = ports
            .runtime
            .supervise("study", team)
            .await
            .map_err(|error| ended(&error.reason).during(format!("start the study's {}", error.child)))?;
        Ok(RunningStudy { runtime: ports.runtime.clone(), team, scheduler: scheduler_address, members, first_trainer })
    }

    pub(super) fn config(self, halving: Halving) -> Result<StudyConfig> {
        let has_rungs = self.schedule.is_some();
        let schedule = self.schedule.unwrap_or_else(|| Asha::single_rung(1).into()).with_halving(halving);
        let trials = match (self.trials, self.budget) {
            (None, None) if !has_rungs => Some(DEFAULT_TRIALS),
            (trials, _) => trials,
        };
        // Without a budget the number of trials is the limit, each of them to the last rung at most.
        let budget = match (self.budget, trials) {
            (Some(budget), _) => budget,
            (None, Some(trials)) => trials.saturating_mul(u64::from(schedule.last_rung())),
            (None, None) => {
                return Err(Error::new(
                    Code::InvalidStudy,
                    format!("study `{}` has rungs, but neither a budget nor a number of trials", self.name),
                ));
            }
        };
        let config = StudyConfig {
            name: self.name,
            seed: self.seed,
            slots: self.slots,
            space: self.space,
            direction: self.direction,
            team: self.team.config(),
            schedule,
            budget,
            max_trials: trials,
            time_limit_s: self.time_limit.map(|limit| limit.as_secs() + u64::from(limit.subsec_nanos() > 0)),
        };
        config.check()?;
        Ok(config)
    }
}

/// A study with its team at work.
pub struct RunningStudy {
    runtime: Runtime,
    team: SupervisorHandle,
    scheduler: Address<SchedulerMessage>,
    /// Kills each member.
    members: Vec<Box<dyn Fn() + Send + Sync>>,
    /// The place of the first trainer among them.
    first_trainer: usize,
}

impl std::fmt::Debug for RunningStudy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningStudy").field("team", &self.team).finish_non_exhaustive()
    }
}

impl RunningStudy {
    /// The study as it stands.
    ///
    /// # Errors
    /// `ServiceUnavailable` where its team is not running.
    pub async fn look(&self) -> Result<Arc<StudyState>> {
        self.scheduler.call(|reply| SchedulerMessage::Look { reply }, LOOK_DEADLINE).await.map_err(unavailable)
    }

    /// Waits until the study is finished; the team stays, idle.
    ///
    /// # Errors
    /// What ended the team, where it gave up or was stopped.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn finished(&self) -> Result<Arc<StudyState>> {
        loop {
            let asked = self.scheduler.call(|reply| SchedulerMessage::AwaitFinish { reply }, FINISH_DEADLINE);
            match select(std::pin::pin!(asked), std::pin::pin!(self.team.exited())).await {
                Either::Left((Ok(state), _)) => return Ok(state),
                Either::Left((Err(CallError::Deadline), _)) => {}
                // The scheduler died: either it is started again, or the team ends.
                Either::Left((Err(_), exited)) => {
                    let pause = self.runtime.clock().sleep(Duration::from_millis(10));
                    if let Either::Left((exit, _)) = select(exited, pause).await {
                        return Err(ended(&exit));
                    }
                }
                Either::Right((exit, _)) => return Err(ended(&exit)),
            }
        }
    }

    /// Waits until the study is finished and stops the team.
    ///
    /// # Errors
    /// As [`finished`](Self::finished).
    pub async fn finish(self) -> Result<Arc<StudyState>> {
        let finished = self.finished().await;
        self.team.shutdown().await;
        finished
    }

    /// Has a configuration tried before the samplers are asked; returns when that is durable.
    ///
    /// # Errors
    /// `InvalidStudy` or `UnknownName` where it is not of the study's space, `InvalidStudy` where the study is
    /// finished; `ServiceUnavailable` where the team is not running.
    pub async fn enqueue(&self, params: Params) -> Result<()> {
        let told = |reply| SchedulerMessage::Enqueue { enqueued: Enqueued { params }, reply };
        self.scheduler.call(told, LOOK_DEADLINE).await.map_err(unavailable)?
    }

    /// Adds something that was computed beside the budget to the study's record; returns when it is durable.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the team is not running.
    pub async fn record(&self, evaluated: Evaluated) -> Result<()> {
        let told = |reply| SchedulerMessage::Evaluate { evaluated, reply };
        self.scheduler.call(told, LOOK_DEADLINE).await.map_err(unavailable)
    }

    /// Stops the team, agents first; the study can go on later.
    pub async fn stop(&self) {
        self.team.shutdown().await;
    }

    /// Kills the trainer of that number, like [`kill_member`](Self::kill_member).
    pub fn kill_trainer(&self, index: u32) -> bool {
        self.kill_member(index as usize + self.first_trainer)
    }

    /// Kills one member of the team, counted over samplers, scheduler and trainers, without a word; its supervisor starts
    /// it again. For experiments. Answers whether there is such a member.
    pub fn kill_member(&self, member: usize) -> bool {
        let killed = self.members.get(member);
        if let Some(kill) = killed {
            kill();
        }
        killed.is_some()
    }

    /// The team's supervisor.
    #[must_use]
    pub fn team(&self) -> &SupervisorHandle {
        &self.team
    }

    pub(super) fn scheduler(&self) -> &Address<SchedulerMessage> {
        &self.scheduler
    }
}

fn killer<M: Send + 'static>(address: &Address<M>) -> Box<dyn Fn() + Send + Sync> {
    let address = address.clone();
    Box::new(move || address.kill())
}

pub(super) fn unavailable(error: CallError) -> Error {
    Error::new(Code::ServiceUnavailable, "the study's scheduler gave no answer").caused_by(error)
}

/// Why a team ended, as an error: that of the child which began it, where it gave one.
fn ended(exit: &Exit) -> Error {
    match exit {
        Exit::Failed(error) => Error::new(error.code(), error.what()).advise(error.advice().to_owned()),
        Exit::GaveUp(at) | Exit::StartFailed(at) => {
            ended(&at.reason).during(format!("the study's {} gave up", at.child))
        }
        Exit::Linked { reason, .. } => ended(reason),
        other => Error::new(Code::ServiceUnavailable, format!("the study's team ended: {other}")),
    }
}
