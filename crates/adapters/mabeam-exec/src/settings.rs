//! How programs are run: where, with what, within which limits, by which guard.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use foundation_core::{Code, Error, Result};

use crate::guard::SUBCOMMAND;
use crate::limits::Limits;
use crate::retries::Retries;

/// How the programs of a study are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecSettings {
    /// Where what they write is kept: `trial-12/attempt-1/stdout.txt` and `stderr.txt` in this folder, the first MiB of
    /// each and its last 64 KiB. It is made where it is missing; a trial that is run again overwrites its own.
    pub output: PathBuf,
    /// Where they work. Default: where this process does.
    pub directory: Option<PathBuf>,
    /// Variables that are set for them, on top of those of this process.
    pub environment: Vec<(String, String)>,
    /// What each run may use.
    pub limits: Limits,
    /// What is done about a crash.
    pub retries: Retries,
    /// From the request to end (SIGTERM) to the kill. Default 5 s.
    pub grace: Duration,
    /// Whether a program is held (SIGSTOP) while the study decides whether it goes on, so that not more of them compute
    /// than agents work. Default yes; switch it off for programs that keep others waiting.
    pub hold: bool,
    /// What is started as the guard.
    pub guard: GuardProgram,
}

impl ExecSettings {
    /// The defaults, with what the programs write kept below `output`.
    pub fn new(output: impl Into<PathBuf>) -> Self {
        Self {
            output: output.into(),
            directory: None,
            environment: Vec::new(),
            limits: Limits::default(),
            retries: Retries::default(),
            grace: Duration::from_secs(5),
            hold: true,
            guard: GuardProgram::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.limits.check()?;
        self.retries.check()?;
        let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']);
        match self.environment.iter().find(|(name, value)| !is_name(name) || value.contains('\0')) {
            None => Ok(()),
            Some((name, _)) => Err(Error::new(
                Code::InvalidConfiguration,
                format!("environment of a program: {name:?} cannot be a variable with that value"),
            )),
        }
    }
}

/// The executable that calls [`guard::main`](crate::guard::main), and the arguments with which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardProgram {
    /// The executable; nothing for the one that runs.
    pub program: Option<PathBuf>,
    /// What stands before the guard's own arguments.
    pub arguments: Vec<OsString>,
}

/// The running executable with the argument [`SUBCOMMAND`].
impl Default for GuardProgram {
    fn default() -> Self {
        Self { program: None, arguments: vec![SUBCOMMAND.into()] }
    }
}

impl GuardProgram {
    /// An executable that is nothing but a guard, such as `mabeam-exec-guard`.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: Some(program.into()), arguments: Vec::new() }
    }
}
