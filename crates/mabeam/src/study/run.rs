//! From a description to a running team: the builder that people use.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::{Code, Error, Result, Runtime};

use super::agent::Measure;
use super::config::{Direction, Goal, StudyConfig};
use super::event::{Enqueued, Imported, Known, StudyEvent};
use super::judge::Judge;
use super::live::{LiveTrial, Objective};
use super::objective::{Trainer, TrialError};
use super::running::RunningStudy;
use super::sampler::{Sampler, TpeSampler};
use super::schedule::{Asha, Halving, Schedule};
use super::space::{Params, SearchSpace};
use super::state::{StudyState, TrialState};
use super::team::Team;
use super::tree::{self, Parts};

/// How many trials a study has that was given neither a budget nor a number of trials.
const DEFAULT_TRIALS: u64 = 100;

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
#[derive(Clone)]
#[must_use = "a study does nothing until it is run"]
pub struct Study {
    name: String,
    space: SearchSpace,
    seed: u64,
    slots: u32,
    agents: Option<u32>,
    durable_from: u32,
    direction: Direction,
    goals: Vec<Goal>,
    max_failures: Option<u32>,
    pub(super) team: Team,
    schedule: Option<Schedule>,
    budget: Option<u64>,
    trials: Option<u64>,
    time_limit: Option<Duration>,
    judge: Option<(u32, Arc<dyn Judge>)>,
    pub(super) beginnings: Vec<StudyEvent>,
}

impl std::fmt::Debug for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Study").field("name", &self.name).field("seed", &self.seed).finish_non_exhaustive()
    }
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
            durable_from: 0,
            direction: Direction::Maximize,
            goals: Vec::new(),
            max_failures: None,
            team: Team::one(Arc::new(TpeSampler::default())),
            schedule: None,
            budget: None,
            trials: None,
            time_limit: None,
            judge: None,
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

    /// From how many epochs on a checkpoint is written down. Those of fewer stand in memory, up to 32 MiB of them: after
    /// a crash their trials are trained again from the rung before, with the same result. For trainers whose first
    /// epochs take no longer than a durable write, some milliseconds. Changes nothing but the time it takes. Default 0,
    /// which is every checkpoint.
    pub fn durable_checkpoints_from(mut self, epochs: u32) -> Self {
        self.durable_from = epochs;
        self
    }

    /// Smaller values are better. Default: larger ones.
    pub fn minimize(mut self) -> Self {
        self.direction = Direction::Minimize;
        self
    }

    /// Adds an objective beside the value, which trials tell by [`LiveTrial::further`]. Several objectives need an
    /// objective that runs in one go, without rungs; [`StudyState::front`] has those that no other trial beats.
    pub fn goal(mut self, name: impl Into<String>, direction: Direction) -> Self {
        self.goals.push(Goal { name: name.into(), direction });
        self
    }

    /// After how many failed trials a configuration is not tried any more. Default 2.
    pub fn max_failures(mut self, trials: u32) -> Self {
        self.max_failures = Some(trials);
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

    /// The rungs and the rule of climbing them: an [`Asha`], a [`Hyperband`](super::Hyperband), a
    /// [`MedianStopping`](super::MedianStopping) or a [`Pbt`](super::Pbt). Default: one rung.
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

    /// Lets so many critics judge what becomes the best: it is proposed as the value of the variable `best_config`,
    /// each critic compares it with what stands by an evaluation of its own, and more than half of them have to be in
    /// favour. Default: none. What they train is not part of the budget.
    pub fn critics(mut self, critics: u32, judge: Arc<dyn Judge>) -> Self {
        self.judge = (critics > 0).then_some((critics, judge));
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
        let (agents, durable_from) = (self.agents.unwrap_or(self.slots), self.durable_from);
        let team = self.team.members().to_vec();
        let judge = self.judge.clone();
        let beginnings: Arc<[StudyEvent]> = self.beginnings.clone().into();
        let config = self.config(halving)?;
        if config.schedule.needs_checkpoints() && !matches!(measure, Some(Measure::Trainer(_))) {
            return Err(Error::new(
                Code::InvalidStudy,
                format!("study `{}`: under {} trials go on from checkpoints of others", config.name, config.schedule),
            )
            .advise("give it a trainer (`Study::train`); an objective that runs in one go has no checkpoints"));
        }
        if !config.goals.is_empty() && matches!(measure, Some(Measure::Trainer(_))) {
            return Err(Error::new(
                Code::InvalidStudy,
                format!("study `{}` has {} objectives", config.name, config.goals.len() + 1),
            )
            .advise(
                "give it an objective that tells them (`LiveTrial::further`), or workers that ask and tell; a trainer \
                 tells one value",
            ));
        }
        for beginning in &*beginnings {
            let checked = match beginning {
                StudyEvent::Enqueued(enqueued) => config.space.check_feasible(&enqueued.params),
                // What is known from elsewhere is a fact, whether or not this study would have tried it.
                StudyEvent::Imported(imported) => config.space.check(&imported.params).and_then(|()| imported.check()),
                _ => continue,
            };
            checked.map_err(|error| error.during(format!("begin study `{}`", config.name)))?;
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
        tree::start(Parts { config, beginnings, team, agents, measure, judge, durable_from }, ports).await
    }

    pub(super) fn config(self, halving: Halving) -> Result<StudyConfig> {
        let has_rungs = self.schedule.is_some();
        let schedule = self.schedule.unwrap_or_else(|| Asha::single_rung(1).into()).with_halving(halving);
        let trials = match (self.trials, self.budget) {
            (None, None) if !has_rungs => Some(DEFAULT_TRIALS),
            (trials, _) => trials,
        };
        // Without a budget a population is trained once; otherwise the number of trials is the limit, each of them to
        // the last rung at most.
        let budget = match (self.budget, trials) {
            (Some(budget), _) => budget,
            (None, _) if schedule.needs_checkpoints() => schedule.least_budget(),
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
            goals: self.goals,
            max_failures: self.max_failures.unwrap_or_else(super::config::default_failures),
            team: self.team.config(),
            schedule,
            budget,
            max_trials: trials,
            critics: self.judge.map_or(0, |(critics, _)| critics),
            time_limit_s: self
                .time_limit
                .map(|limit| limit.as_secs().saturating_add(u64::from(limit.subsec_nanos() > 0))),
        };
        config.check()?;
        Ok(config)
    }
}
