//! Runs of one command: found once, started for each question, started again after a crash.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use foundation_core::{Code, Error, Result};
use mabeam::{Params, TrialError};

use crate::attempt::{Attempt, Listener, Outcome};
use crate::command::{self, Command};
use crate::failure::Failure;
use crate::guarded::Guarded;
use crate::output::Output;
use crate::program;
use crate::settings::ExecSettings;
use crate::wire::Run;

/// How often it is asked between two attempts whether anybody still waits.
const LOOK: Duration = Duration::from_millis(20);

/// A command with everything that its runs need.
#[derive(Debug)]
pub(crate) struct Runs {
    command: Command,
    program: PathBuf,
    settings: ExecSettings,
}

/// What a program is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    pub(crate) params: &'a Params,
    /// What stands for something besides the parameters, in braces and in the environment.
    pub(crate) facts: &'a [(&'static str, String)],
    /// Where in the folder for output its own is kept.
    pub(crate) folder: &'a Path,
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Finished {
    /// The listener has heard the answer.
    Told {
        /// The time on processors that the last attempt took, where the system tells.
        cpu: Option<Duration>,
    },
    /// The listener was gone first.
    LetGo,
}

impl Runs {
    /// Looks for everything that every run would miss.
    pub(crate) fn new(command: Command, settings: ExecSettings) -> Result<Self> {
        settings.check()?;
        let failed = |what: &str, path: &Path, error: io::Error| {
            Error::new(Code::Io, format!("{what} {}", path.display())).caused_by(error)
        };
        let here = std::env::current_dir().map_err(|error| failed("find", Path::new("."), error))?;
        let directory = settings.directory.as_ref().map_or_else(|| here.clone(), |directory| here.join(directory));
        let own_search = settings.environment.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.into());
        let search = own_search.or_else(|| std::env::var_os("PATH"));
        let program = program::find(&command.program(), &directory, search.as_deref())?;
        for path in [&program, &directory] {
            if path.to_str().is_none() {
                let what = format!("the path {} is no UTF-8", path.display());
                return Err(Error::new(Code::InvalidConfiguration, what).advise("rename it"));
            }
        }
        std::fs::create_dir_all(&settings.output).map_err(|error| failed("make", &settings.output, error))?;
        Guarded::check(&settings.guard)?;
        Ok(Self { command, program, settings })
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn settings(&self) -> &ExecSettings {
        &self.settings
    }

    /// Runs the program, again where it crashes and the settings say so.
    pub(crate) fn run(&self, input: &Input<'_>, listener: &mut dyn Listener) -> Result<Finished, TrialError> {
        let run = self.prepare(input)?;
        for attempt in 1_u32.. {
            let folder = self.settings.output.join(input.folder).join(format!("attempt-{attempt}"));
            let (outcome, cpu) = self.attempt(attempt, run.clone(), &folder, listener);
            let (failure, last_lines) = match outcome {
                Outcome::Told => return Ok(Finished::Told { cpu }),
                Outcome::LetGo => break,
                Outcome::Failed(failure, last_lines) => (failure, last_lines),
            };
            let pause = self.settings.retries.pause_after(attempt).filter(|_| failure.is_crash);
            let Some(pause) = pause else {
                let argv: Vec<String> = [self.command.program()].into_iter().chain(run.arguments).collect();
                return Err(TrialError::new(failure.told(&command::shown(&argv), attempt, &last_lines, &folder)));
            };
            if !wait(pause, listener) {
                break;
            }
        }
        Ok(Finished::LetGo)
    }

    /// What every attempt runs.
    fn prepare(&self, input: &Input<'_>) -> Result<Run, TrialError> {
        let params = serde_json::to_string(input.params)
            .map_err(|error| TrialError::new(format!("write the parameters as JSON: {error}")))?;
        let mut environment = self.settings.environment.clone();
        environment.push(("MABEAM_PARAMS".to_owned(), params));
        let facts = input.facts.iter().map(|(name, fact)| (format!("MABEAM_{}", name.to_uppercase()), fact.clone()));
        environment.extend(facts);
        Ok(Run {
            program: self.program.clone(),
            arguments: self.command.filled(input.params, input.facts).into_iter().skip(1).collect(),
            directory: self.settings.directory.clone(),
            environment,
            limits: self.settings.limits,
            grace: self.settings.grace,
        })
    }

    /// Runs the program once, with its output going to `folder`.
    fn attempt(
        &self,
        attempt: u32,
        mut run: Run,
        folder: &Path,
        listener: &mut dyn Listener,
    ) -> (Outcome, Option<Duration>) {
        run.environment.push(("MABEAM_ATTEMPT".to_owned(), attempt.to_string()));
        let failed = |what: &str, error: io::Error| {
            let what = format!("{what}: {error}");
            (Outcome::Failed(Failure::lasting(what), Vec::new()), None)
        };
        let output = match Output::create(folder) {
            Ok(output) => output,
            Err(error) => return failed("its output cannot be kept", error),
        };
        match Guarded::start(&self.settings.guard, run) {
            Ok(guarded) => Attempt::new(listener, &self.settings.limits, guarded, output).run(),
            Err(error) => failed("it cannot be started", error),
        }
    }
}

/// Waits; answers whether somebody still waits for the answer.
#[expect(
    clippy::disallowed_methods,
    reason = "the wait before another attempt is the system's, on a thread of its own"
)]
fn wait(pause: Duration, listener: &dyn Listener) -> bool {
    let began = Instant::now();
    while !listener.is_gone() {
        let left = pause.saturating_sub(began.elapsed());
        if left.is_zero() {
            return true;
        }
        thread::park_timeout(left.min(LOOK));
    }
    false
}
