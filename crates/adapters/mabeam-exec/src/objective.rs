//! A program as the objective of a study.

mod at_work;
mod listener;

use std::path::Path;
use std::time::Duration;

use foundation_core::Result;
use mabeam::{LiveTrial, Objective, SearchSpace, TrialError};

use at_work::AtWork;
use listener::OfTrial;

use crate::command::{Command, TrialFacts};
use crate::runs::{Finished, Input, Runs};
use crate::settings::ExecSettings;

/// A program that measures parameters.
///
/// Each trial runs it once, or more often where it crashes, below a [guard](crate::guard). What it gets and says is in
/// the [crate's documentation](crate).
#[derive(Debug)]
pub struct ExecObjective {
    runs: Runs,
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
        command.check(space)?;
        Ok(Self { runs: Runs::new(command, settings)?, at_work: AtWork::default() })
    }

    /// The program that is run: an absolute path.
    #[must_use]
    pub fn program(&self) -> &Path {
        self.runs.program()
    }

    /// Waits until none of its programs runs any more, at most `patience`; answers whether that came to pass.
    ///
    /// A study that is stopped asks its programs to end and does not wait for them. Whoever ends this process then calls
    /// this first, because the end of this process kills them at once.
    pub fn wait_until_idle(&self, patience: Duration) -> bool {
        self.at_work.wait_for_none(patience)
    }
}

impl Objective for ExecObjective {
    fn measure(&self, trial: &mut LiveTrial) -> Result<f64, TrialError> {
        let _one = self.at_work.enter();
        // The upper half of one random number of the trial's own stream: below 2^32, as most programs want a seed.
        let seed = (trial.random(0).next_u64() >> 32) as u32;
        let facts = TrialFacts { trial: trial.number(), seed, steps: trial.steps() };
        let (params, folder) = (trial.params().clone(), format!("trial-{}", facts.trial));
        let mut listener = OfTrial::new(trial, self.runs.settings().hold);
        let input = Input { params: &params, facts: &facts.named(), folder: Path::new(&folder) };
        match (self.runs.run(&input, &mut listener)?, listener.value()) {
            (Finished::Told { .. } | Finished::LetGo, Some(value)) => Ok(value),
            // Nobody hears this: a program that ends well has told a value.
            _ => Err(TrialError::new("the study let go of the trial")),
        }
    }
}
