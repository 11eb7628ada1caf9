//! Why a process ended.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error};
use crate::event::ProcessRef;
use crate::supervisor::ChildName;

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
    StartFailed(Arc<ChildExit>),
    /// A supervisor had more restarts than it tolerates; the child whose end was one too many.
    GaveUp(Arc<ChildExit>),
    /// Said by `init` alone: there is nothing to do for this process now, and that is no failure. A supervisor keeps
    /// the child's description (of a temporary one, nothing) and goes on to the next.
    Ignore,
    /// Not a reason to end: what a monitor or a link hears when there was no process.
    NoProcess,
}

/// A child and why it ended, or did not start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChildExit {
    /// The child.
    pub child: ChildName,
    /// Its own reason.
    pub reason: Exit,
}

impl Exit {
    pub(crate) fn start_failed(child: ChildName, reason: Self) -> Self {
        Self::StartFailed(Arc::new(ChildExit { child, reason }))
    }

    pub(crate) fn gave_up(child: ChildName, reason: Self) -> Self {
        Self::GaveUp(Arc::new(ChildExit { child, reason }))
    }

    /// The end of a process that gave up with `error`.
    #[must_use]
    pub fn failed(error: Error) -> Self {
        Self::Failed(Arc::new(error))
    }

    /// Whether a [`Transient`](crate::supervisor::Restart::Transient) child is restarted after it.
    ///
    /// As in OTP, these are no failures: an end whose work was done or that was asked for, and the end of a supervisor
    /// that gave up or did not start (`{shutdown, _}` there). An end through a link is what the first end was.
    #[must_use]
    pub fn is_abnormal(&self) -> bool {
        match self {
            Self::Normal | Self::Shutdown | Self::StartFailed(_) | Self::GaveUp(_) | Self::Ignore => false,
            Self::Linked { reason, .. } => reason.is_abnormal(),
            Self::Killed | Self::Panicked(_) | Self::Failed(_) | Self::NoProcess => true,
        }
    }

    /// Whether it ends linked processes too: everything but [`Normal`](Self::Normal) and [`Ignore`](Self::Ignore), as
    /// in OTP.
    #[must_use]
    pub fn breaks_links(&self) -> bool {
        !matches!(self, Self::Normal | Self::Ignore)
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
            Self::StartFailed(at) => write!(f, "child `{}` did not start: {}", at.child, at.reason),
            Self::GaveUp(at) => write!(f, "too many restarts, the last one of child `{}`: {}", at.child, at.reason),
            Self::Ignore => f.write_str("there was nothing to do for it"),
            Self::NoProcess => f.write_str("no such process is running"),
        }
    }
}

impl std::error::Error for Exit {}

#[cfg(test)]
mod tests;
