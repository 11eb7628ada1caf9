//! How a command fails: what failed, where, what to do, and the exit code that says so to a script.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a command did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: String,
    advice: Option<String>,
    exit: u8,
}

impl Failure {
    /// The exit code of a failure.
    pub const FAILED: u8 = 1;
    /// The exit code of bad usage; clap uses the same.
    pub const USAGE: u8 = 2;
    /// The exit code after Ctrl-C, as shells give it (128 + SIGINT).
    pub const INTERRUPTED: u8 = 130;

    /// A failure; `what` says what was tried, on what, and how it failed. Exit code 1.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None, exit: Self::FAILED }
    }

    /// Arguments that cannot be followed. Exit code 2.
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self { exit: Self::USAGE, ..Self::new(what) }
    }

    /// The work was stopped by Ctrl-C before its end. Exit code 130.
    #[must_use]
    pub fn interrupted(what: impl Into<String>) -> Self {
        Self { exit: Self::INTERRUPTED, ..Self::new(what) }
    }

    /// What failed has been printed already; only the exit code is left to say it. Exit code 1.
    #[must_use]
    pub fn told() -> Self {
        Self::new("")
    }

    /// Whether there is nothing left to print.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.what.is_empty() && self.advice.is_none()
    }

    /// Reading, writing or starting `path` failed.
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("{doing} {}: {error}", path.display()))
    }

    /// Adds what to do about it, as an order: "free some space and try again".
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> u8 {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  help: {advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// The whole chain of causes in one line; the error's own advice stays the advice.
#[cfg(feature = "app")]
impl From<foundation_core::Error> for Failure {
    fn from(error: foundation_core::Error) -> Self {
        use std::error::Error as _;
        let mut what = format!("[{}] {}", error.code().number(), error.what());
        let mut cause = error.source();
        while let Some(next) = cause {
            what.push_str(": ");
            what.push_str(&next.to_string());
            cause = next.source();
        }
        Self::new(what).advise(error.advice())
    }
}
