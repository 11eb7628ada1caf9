//! A program as the objective of a study.

mod at_work;

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use foundation_core::{Code, Error, Result};
use mabeam::{LiveTrial, Objective, SearchSpace, TrialError};

use crate::attempt::{Attempt, Outcome};
use crate::command::{self, Command, TrialFacts};
use crate::failure::Failure;
use crate::guarded::Guarded;
use crate::output::Output;
use crate::program;
use crate::settings::ExecSettings;
use crate::wire::Run;
use at_work::AtWork;

/// How often it is asked between two attempts whether anybody still waits for the trial.
const LOOK: Duration = Duration::from_millis(20);

/// A program that measures parameters.
///
/// Each trial runs it once, or more often where it crashes, below a [guard](crate::guard). What it gets and says is in
/// the [crate's documentation](crate).
#[derive(Debug)]
pub struct ExecObjective {
    command: Command,
    program: PathBuf,
    settings: ExecSettings,
    at_work: AtWork,
}

impl ExecObjective {
    /// An objective that runs `command` on the parameters of `space`.
    ///
    /// Looks for everything that every trial would miss: the program, the guard, the folder for output.
    ///
    /// # Errors
    /// `InvalidConfiguration` for a name in braces that is no parameter, a setting that is not allowed, or a guard that
    /// is none; `UnknownName` or `PermissionDenied` for the program; `Io` for the folder.
    pub fn new(command: Command, space: &SearchSpace, settings: ExecSettings) -> Result<Self> {
        settings.check()?;
        command.check(space)?;
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
        Ok(Self { command, program, settings, at_work: AtWork::default() })
    }

    /// The program that is run: an absolute path.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Waits until none of its programs runs any more, at most `patience`; answers whether that came to pass.
    ///
    /// A study that is stopped asks its programs to end and does not wait for them. Whoever ends this process then calls
    /// this first, because the end of this process kills them at once.
    pub fn wait_until_idle(&self, patience: Duration) -> bool {
        self.at_work.wait_for_none(patience)
    }

    /// What every attempt at a trial runs.
    fn run(&self, trial: &LiveTrial) -> Result<Run, TrialError> {
        // The upper half of one random number of the trial's own stream: below 2^32, as most programs want a seed.
        let seed = (trial.random(0).next_u64() >> 32) as u32;
        let facts = TrialFacts { trial: trial.number(), seed, steps: trial.steps() };
        let params = serde_json::to_string(trial.params())
            .map_err(|error| TrialError::new(format!("write the parameters as JSON: {error}")))?;
        let own = [
            ("MABEAM_PARAMS", params),
            ("MABEAM_TRIAL", facts.trial.to_string()),
            ("MABEAM_SEED", facts.seed.to_string()),
            ("MABEAM_STEPS", facts.steps.to_string()),
        ];
        let mut environment = self.settings.environment.clone();
        environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Ok(Run {
            program: self.program.clone(),
            arguments: self.command.argv(trial.params(), &facts).into_iter().skip(1).collect(),
            directory: self.settings.directory.clone(),
            environment,
            limits: self.settings.limits,
            grace: self.settings.grace,
        })
    }

    /// Runs the program once, with its output going to `folder`.
    fn attempt(&self, trial: &mut LiveTrial, attempt: u32, mut run: Run, folder: &Path) -> Outcome {
        run.environment.push(("MABEAM_ATTEMPT".to_owned(), attempt.to_string()));
        let failed = |what: &str, error: io::Error| {
            let what = format!("{what}: {error}");
            Outcome::Failed(Failure::lasting(what), Vec::new())
        };
        let output = match Output::create(folder) {
            Ok(output) => output,
            Err(error) => return failed("its output cannot be kept", error),
        };
        match Guarded::start(&self.settings.guard, run) {
            Ok(guarded) => Attempt::new(trial, &self.settings.limits, self.settings.hold, guarded, output).run(),
            Err(error) => failed("it cannot be started", error),
        }
    }
}

impl Objective for ExecObjective {
    fn measure(&self, trial: &mut LiveTrial) -> Result<f64, TrialError> {
        let _one = self.at_work.enter();
        let run = self.run(trial)?;
        let of_trial = self.settings.output.join(format!("trial-{}", trial.number()));
        for attempt in 1_u32.. {
            let folder = of_trial.join(format!("attempt-{attempt}"));
            let (failure, last_lines) = match self.attempt(trial, attempt, run.clone(), &folder) {
                Outcome::Value(value) => return Ok(value),
                Outcome::LetGo => break,
                Outcome::Failed(failure, last_lines) => (failure, last_lines),
            };
            let pause = self.settings.retries.pause_after(attempt).filter(|_| failure.is_crash);
            let Some(pause) = pause else {
                let argv: Vec<String> = [self.command.program()].into_iter().chain(run.arguments).collect();
                return Err(TrialError::new(failure.told(&command::shown(&argv), attempt, &last_lines, &folder)));
            };
            if !wait(pause, trial) {
                break;
            }
        }
        // Nobody hears this.
        Err(TrialError::new("the study let go of the trial"))
    }
}

/// Waits; answers whether somebody still waits for the trial.
#[expect(
    clippy::disallowed_methods,
    reason = "the wait before another attempt is the system's, on a thread of its own"
)]
fn wait(pause: Duration, trial: &LiveTrial) -> bool {
    let began = Instant::now();
    while !trial.is_stopped() {
        let left = pause.saturating_sub(began.elapsed());
        if left.is_zero() {
            return true;
        }
        thread::park_timeout(left.min(LOOK));
    }
    false
}
