//! Answers to calls, and what can go wrong on the way there and back.

use std::fmt;

use foundation_oneshot::{Receiver, Sender, oneshot};

use super::Exit;
use crate::error::{Code, Error};

/// Where the answer to a call goes; it travels inside the message.
///
/// It may be kept, or handed to another process, and answered later. Dropping it unanswered ends the call with
/// [`CallError::NoReply`], or with [`CallError::Down`] if the process called ends with the message at hand.
pub struct Reply<T>(Sender<T>);

impl<T> Reply<T> {
    /// Answers the call. `false` where the caller does not wait any more; the value is dropped then.
    pub fn send(self, value: T) -> bool {
        self.0.send(value).is_ok()
    }

    /// Whether the caller still waits, for a process that can save itself the work.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.0.is_awaited()
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("awaited", &self.is_awaited()).finish()
    }
}

pub(super) fn reply_slot<T>() -> (Reply<T>, Receiver<T>) {
    let (sender, receiver) = oneshot();
    (Reply(sender), receiver)
}

/// Why a message was not sent.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The mailbox has no room.
    #[error("its mailbox is full")]
    Full,
    /// The process has ended and nobody will start it again.
    #[error("it has ended: {0}")]
    Stopped(Exit),
    /// The process is not started yet, or between two restarts: mail that arrives then is refused and not kept.
    #[error("it is not running now")]
    NotRunning,
    /// The process is being [drained](super::Address::drain): it handles what it has and then ends.
    #[error("it takes no new mail, because it is being drained")]
    Draining,
}

/// A message that was not sent, and why.
#[derive(Clone)]
pub struct SendError<M> {
    /// The message.
    pub message: M,
    /// Why it was not sent.
    pub reason: Refusal,
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "send to a process: {}", self.reason)
    }
}

impl<M> std::error::Error for SendError<M> {}

/// Why a call has no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It did not come in time. The message may have been handled, or may yet be.
    #[error("call to a process: no answer before the deadline")]
    Deadline,
    /// The process ended before it answered.
    #[error("call to a process: it ended before it answered: {0}")]
    Down(Exit),
    /// The message was not sent; [`Refusal::Full`] here says that there was no room before the deadline.
    #[error("call to a process: {0}")]
    NotSent(Refusal),
    /// The process dropped the reply unanswered and goes on, or its mailbox dropped the message to make room.
    #[error("call to a process: it gave no answer")]
    NoReply,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Full => Code::ResourceExhausted,
            Refusal::Stopped(_) | Refusal::NotRunning | Refusal::Draining => Code::ProcessDown,
        };
        Self::new(code, format!("send to a process: {refusal}"))
    }
}

impl<M> From<SendError<M>> for Error {
    fn from(error: SendError<M>) -> Self {
        error.reason.into()
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Down(_) => Self::new(Code::ProcessDown, error.to_string()),
            CallError::NotSent(refusal) => refusal.into(),
            // It was sent, so nobody here knows what it did.
            CallError::Deadline | CallError::NoReply => Self::new(Code::OutcomeUnknown, error.to_string()),
        }
    }
}
