//! What can go wrong with a server, told to whoever runs a test or a study.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a server could not be found, started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// There is no server on this machine.
    #[error(
        "no nats-server: looked in {looked}; `cargo xtask doctor --install nats-server` gets one, or name one with FOUNDATION_NATS_SERVER"
    )]
    Missing {
        /// The places, separated by commas.
        looked: String,
    },
    /// Another process works with the same folder.
    #[error("{} is held by {holder}; wait until it is done, or choose another folder", folder.display())]
    Held {
        /// The server's folder.
        folder: PathBuf,
        /// Who has it, as far as it is known.
        holder: String,
    },
    /// The server ended by itself.
    #[error("nats-server ended ({status}); its log ends with:\n{log}")]
    Ended {
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {} ms: {last}; the log of the server ends with:\n{log}", within.as_millis())]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
        /// What the last attempt ended with.
        last: String,
        /// The last lines of the log.
        log: String,
    },
    /// The server was asked for something that needs it to run, or not to.
    #[error("the server {name} {state}")]
    State {
        /// The server's name.
        name: String,
        /// What it does, as the end of a sentence.
        state: &'static str,
    },
    /// These settings do not go together.
    #[error("settings of the server: {0}")]
    Settings(String),
    /// JetStream refused a request.
    #[error("JetStream refused {request}: {description} ({code})")]
    Refused {
        /// The subject of the request.
        request: String,
        /// The server's code of the error.
        code: u64,
        /// The server's words.
        description: String,
    },
    /// The server's answer was none, or not one of the protocol.
    #[error("{request}: {problem}")]
    NoAnswer {
        /// What was asked.
        request: String,
        /// What came instead.
        problem: String,
    },
    /// A file or a process could not be used.
    #[error("{attempt}: {error}")]
    Io {
        /// What was tried, on what.
        attempt: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

impl ServerError {
    pub(crate) fn io(attempt: impl Into<String>, error: io::Error) -> Self {
        Self::Io { attempt: attempt.into(), error }
    }

    pub(crate) fn path(attempt: &str, path: &Path, error: io::Error) -> Self {
        Self::io(format!("{attempt} {}", path.display()), error)
    }

    pub(crate) fn no_answer(request: &str, problem: impl Into<String>) -> Self {
        Self::NoAnswer { request: request.to_owned(), problem: problem.into() }
    }
}
