//! One study from its beginning, or from where it stopped, to its end.

use std::path::Path;
use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::Event;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::Sequence;
use futures_util::StreamExt as _;
use mabeam::{
    RunningStudy, StudyEvent, StudyState, VariableState, best_config_of, read_events, read_study, read_variable,
};

use super::digits_study::Settings;
use super::interrupt::Interrupt;
use super::operations::Operations;
use super::progress;
use super::subject::Subject;
use crate::args::{Composition, RunArgs};
use crate::compositions::{Application, Place};
use crate::console::Console;
use crate::failure::Failure;

/// What was asked for; what was not is as usual, or as the study was begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    seed: Option<u64>,
    slots: Option<u32>,
    agents: Option<u32>,
    budget: Option<u64>,
    trials: Option<u64>,
    chaos: f64,
    skip_baselines: bool,
}

impl From<&RunArgs> for Asked {
    fn from(args: &RunArgs) -> Self {
        Self {
            seed: args.seed,
            slots: args.slots,
            agents: args.agents,
            budget: args.budget,
            trials: args.trials.map(u64::from),
            chaos: args.chaos,
            skip_baselines: args.skip_baselines,
        }
    }
}

impl Asked {
    /// The settings of a study, given what is usual for it and what it was begun with.
    fn settings(&self, usual: Settings, begun: Option<&StudyState>) -> Settings {
        let begun = begun.map(StudyState::config);
        let slots = self.slots.or(begun.map(|config| config.slots)).unwrap_or(usual.slots);
        Settings {
            seed: self.seed.or(begun.map(|config| config.seed)).unwrap_or(usual.seed),
            slots,
            agents: self.agents.unwrap_or(usual.agents.min(slots)),
            budget: self.budget.or(begun.map(|config| config.budget)).or(usual.budget),
            // A study that was begun without a limit goes on without one.
            trials: self.trials.or_else(|| begun.map_or(usual.trials, |config| config.max_trials)),
            critics: begun.map_or(usual.critics, |config| config.critics > 0),
        }
    }
}

/// A study that is finished, with everything that its log tells.
pub(crate) struct Ended {
    pub(crate) state: Arc<StudyState>,
    pub(crate) events: Vec<(Event, StudyEvent)>,
    /// What its critics decided on, by the name of the variable.
    pub(crate) variables: Vec<(String, VariableState)>,
    pub(crate) resumed: bool,
}

/// What a study is run with.
pub(crate) struct Job<'a> {
    pub(crate) subject: &'a Subject,
    /// The data folder.
    pub(crate) data: &'a Path,
    pub(crate) asked: Asked,
    pub(crate) application: &'a Application,
    pub(crate) operations: Option<&'a Operations>,
    pub(crate) console: Console,
}

impl Job<'_> {
    /// Runs the study, or goes on with it; `None` where Ctrl-C came first, everything acknowledged being on disk.
    pub(crate) async fn run(&self, interrupt: &mut Interrupt) -> Result<Option<Ended>, Failure> {
        let ports = &self.application.ports;
        let begun = read_study(&*ports.log, self.subject.name()).await?;
        let settings = self.asked.settings(self.subject.usual(), begun.as_ref());
        let started = self.subject.start(&settings, self.data, ports).await;
        let running = Arc::new(started.map_err(|error| match error.code() {
            Code::StudyMismatch => error.advise("leave these settings out, or start anew with --fresh"),
            _ => error,
        })?);
        self.console.line(self.subject.greeting(begun.as_ref(), &settings));
        if let Some(operations) = self.operations {
            operations.watch(running.team().address());
        }
        if self.asked.chaos > 0.0 {
            self.disturb(&running, settings.seed)?;
        }
        let finished = tokio::select! {
            finished = self.watch(&running) => { finished?; true }
            () = interrupt.pressed() => false,
        };
        let evaluated = finished
            && tokio::select! {
                evaluated = self.evaluate(&running, &settings) => { evaluated?; true }
                () = interrupt.pressed() => false,
            };
        if !evaluated {
            self.console.line("Stopping, children before parents; a second Ctrl-C stops at once.");
        }
        let state = running.look().await;
        running.stop().await;
        if !evaluated {
            return Ok(None);
        }
        let events = read_events(&*ports.log, self.subject.name()).await?;
        let state = state?;
        let mut variables = Vec::new();
        if state.config().critics > 0 {
            let variable = read_variable(&*ports.log, &best_config_of(self.subject.name())).await?;
            variables.push(("best_config".to_owned(), variable));
        }
        Ok(Some(Ended { state, events, variables, resumed: begun.is_some() }))
    }

    /// Shows the study until it is finished.
    async fn watch(&self, running: &RunningStudy) -> Result<(), Failure> {
        let log = self.application.ports.log.clone();
        let shown = progress::show(log, self.subject.name(), self.console);
        // Whichever fails first ends the wait: a team that gave up adds no event to be shown.
        tokio::try_join!(running.finished(), shown)?;
        Ok(())
    }

    async fn evaluate(&self, running: &RunningStudy, settings: &Settings) -> Result<(), Failure> {
        if self.asked.skip_baselines {
            return Ok(self.subject.evaluate(running, settings, None).await?);
        }
        let memory = Application::build(Composition::Memory, Place::nowhere()).await?;
        let evaluated = self.subject.evaluate(running, settings, Some(&memory.ports)).await;
        memory.close().await?;
        Ok(evaluated?)
    }

    /// Kills trainers at rungs, each with the probability that was asked for.
    fn disturb(&self, running: &Arc<RunningStudy>, seed: u64) -> Result<(), Failure> {
        let (log, running) = (self.application.ports.log.clone(), Arc::downgrade(running));
        let stream = mabeam::stream_of(self.subject.name())?;
        let (mut random, p) = (RandomStream::new(seed, u64::MAX), self.asked.chaos);
        self.application.ports.runtime.spawner().spawn("run-chaos", async move {
            let Ok(mut events) = log.subscribe(&stream, Sequence::START).await else { return };
            while let Some(Ok(recorded)) = events.next().await {
                let Some(running) = running.upgrade() else { return };
                if let Ok(StudyEvent::Reported(reported)) = StudyEvent::from_event(&recorded.event)
                    && random.next_f64() < p
                {
                    running.kill_trainer(reported.agent);
                }
            }
        });
        Ok(())
    }
}
