//! Why there is no credit, and what comes of a message that could not be sent on it.

use std::fmt;

use crate::error::{Code, Error};
use crate::process::{Exit, Refusal};

/// Why nothing can be sent on a flow.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// All credit is taken; said only to those who do not wait.
    #[error("send on a flow: its consumer has granted no more credit")]
    NoCredit,
    /// No process has opened it yet.
    #[error("send on a flow: no consumer has granted any credit yet")]
    NotOpen,
    /// The life that granted the credit has ended, with this reason; or, where it has not granted any since, the one
    /// before.
    #[error("send on a flow: its consumer ended: {0}")]
    Ended(Exit),
    /// There was credit, and the consumer's mailbox took nothing all the same.
    #[error("send on a flow: {0}")]
    Refused(Refusal),
}

impl From<FlowError> for Error {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::NoCredit => Self::new(Code::ResourceExhausted, error.to_string()),
            FlowError::NotOpen | FlowError::Ended(_) => Self::new(Code::ProcessDown, error.to_string()),
            FlowError::Refused(refusal) => refusal.into(),
        }
    }
}

/// A message that was not sent, and why. It still carries its credit.
pub struct Unsent<M> {
    /// The message.
    pub message: M,
    /// Why it was not sent.
    pub reason: FlowError,
}

impl<M> fmt::Debug for Unsent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for Unsent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<M> std::error::Error for Unsent<M> {}

impl<M> From<Unsent<M>> for Error {
    fn from(unsent: Unsent<M>) -> Self {
        unsent.reason.into()
    }
}
