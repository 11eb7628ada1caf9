//! Why a process ended.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error};
use crate::event::ProcessRef;

/// Why a process ended, or is asked to end.
///
/// Cheap to clone: whoever hears of an end gets the same reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Exit {
    /// Its work is done.
    Normal,
    /// It was asked to stop.
    Shutdown,
    /// It was killed, or the scheduler under it was torn down.
    Killed,
    /// Its code panicked; the panic's text.
    Panicked(Arc<str>),
    /// It gave up with an error.
    Failed(Arc<Error>),
    /// A process that it was linked to, or its parent, ended.
    Linked {
        /// The process whose end began it. Along a chain of links it stays the first one.
        process: ProcessRef,
        /// That process's own reason.
        reason: Arc<Exit>,
    },
    /// A supervisor could not start one of its first children.
    StartFailed {
        /// The child.
        child: &'static str,
        /// Why it did not start.
        reason: Arc<Exit>,
    },
    /// A supervisor had more restarts than its intensity allows.
    GaveUp {
        /// The child whose end was one too many.
        child: &'static str,
        /// Why that child ended.
        reason: Arc<Exit>,
    },
    /// Not a reason to end: what a monitor or a link hears when there was no process.
    NoProcess,
}

impl Exit {
    /// The end of a process that gave up with `error`.
    #[must_use]
    pub fn failed(error: Error) -> Self {
        Self::Failed(Arc::new(error))
    }

    /// Whether a [`Transient`](crate::supervisor::Restart::Transient) child is restarted after it: everything but
    /// [`Normal`](Self::Normal) and [`Shutdown`](Self::Shutdown).
    #[must_use]
    pub fn is_abnormal(&self) -> bool {
        !matches!(self, Self::Normal | Self::Shutdown)
    }

    /// Whether it ends linked processes too: everything but [`Normal`](Self::Normal), as in OTP.
    #[must_use]
    pub fn breaks_links(&self) -> bool {
        !matches!(self, Self::Normal)
    }

    /// The reason that a process linked to `process` ends with, when that one ended with `self`.
    pub(crate) fn linked(&self, process: ProcessRef) -> Self {
        match self {
            Self::Linked { .. } => self.clone(),
            own => Self::Linked { process, reason: Arc::new(own.clone()) },
        }
    }
}

impl From<Error> for Exit {
    fn from(error: Error) -> Self {
        Self::failed(error)
    }
}

impl From<Exit> for Error {
    fn from(exit: Exit) -> Self {
        let code = match &exit {
            Exit::Failed(error) => error.code(),
            _ => Code::ProcessDown,
        };
        Self::new(code, format!("process ended: {exit}"))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("done"),
            Self::Shutdown => f.write_str("stopped"),
            Self::Killed => f.write_str("killed"),
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::Failed(error) => write!(f, "failed: {}", error.chain()),
            Self::Linked { process, reason } => {
                write!(f, "linked to process {}.{}, which ended: {reason}", process.process, process.incarnation)
            }
            Self::StartFailed { child, reason } => write!(f, "child `{child}` did not start: {reason}"),
            Self::GaveUp { child, reason } => {
                write!(f, "too many restarts, the last one of child `{child}`: {reason}")
            }
            Self::NoProcess => f.write_str("no such process is running"),
        }
    }
}

impl std::error::Error for Exit {}

#[cfg(test)]
mod tests;
