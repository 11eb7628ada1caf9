//! A piece of work from its submitter's side: it ends once, with a result or the reason why there is none.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_channel::oneshot;

use super::book::Item;
use crate::error::{Code, Error};
use crate::process::Exit;

/// Why an attempt at an item came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptFailure {
    /// Its worker ended with the item at hand.
    #[error("its worker ended: {0}")]
    WorkerEnded(Exit),
    /// Its worker ended while its coordinator did not run, so that nobody heard why.
    #[error("its worker ended, and nobody heard why")]
    WorkerLost,
    /// The worker answered an error.
    #[error("{0}")]
    Failed(Arc<Error>),
    /// It took longer than an attempt may.
    #[error("it took longer than {0:?}")]
    TimedOut(Duration),
}

/// Why an item has no result.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// It is not tried again: its attempts are spent, or the error is one that will not pass.
    #[error("work was given up after {attempts} attempts: {last}")]
    GaveUp {
        /// How often it began.
        attempts: u32,
        /// How the last attempt ended.
        last: AttemptFailure,
    },
    /// Its submitter took it back. A worker that had begun with it is interrupted at its next await.
    #[error("work was cancelled")]
    Cancelled,
    /// The ecosystem ended before the item did: it was shut down, or its topmost supervisor gave up for this reason.
    #[error("work was cut off by the end of its ecosystem{}", ended(.0.as_ref()))]
    ShutDown(Option<Exit>),
}

fn ended(exit: Option<&Exit>) -> String {
    exit.map_or_else(String::new, |exit| format!(": {exit}"))
}

/// Why an item was not accepted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAccepted {
    /// There is no room in the queue, or none came free in time.
    #[error("too much work is waiting already")]
    Full,
    /// The ecosystem is shutting down or over.
    #[error("the ecosystem takes no more work")]
    ShutDown,
}

/// Work that was not accepted, and why.
pub struct SubmitError<T> {
    /// The work.
    pub work: Arc<T>,
    /// Why it was not accepted.
    pub reason: NotAccepted,
}

impl<T> fmt::Debug for SubmitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SubmitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "submit work: {}", self.reason)
    }
}

impl<T> std::error::Error for SubmitError<T> {}

impl<T> From<SubmitError<T>> for Error {
    fn from(error: SubmitError<T>) -> Self {
        let code = match error.reason {
            NotAccepted::Full => Code::ResourceExhausted,
            NotAccepted::ShutDown => Code::ServiceUnavailable,
        };
        Self::new(code, error.to_string())
    }
}

impl From<WorkError> for Error {
    fn from(error: WorkError) -> Self {
        let code = match &error {
            WorkError::GaveUp { last: AttemptFailure::Failed(cause), .. } => cause.code(),
            WorkError::GaveUp { last: AttemptFailure::TimedOut(_), .. } => Code::Timeout,
            WorkError::GaveUp { .. } => Code::ProcessDown,
            // It may have been done, all the same.
            WorkError::Cancelled | WorkError::ShutDown(_) => Code::OutcomeUnknown,
        };
        Self::new(code, error.to_string())
    }
}

/// Where a job's item is taken back.
pub(super) trait Withdraw: Send + Sync {
    fn withdraw(&self, item: Item);
}

/// Accepted work. It is a future: of the result, or of the reason why there is none.
///
/// Dropping it cancels the work, because nobody could hear of its end; [`detach`](Self::detach) lets it go on.
pub struct Job<T> {
    item: Item,
    answer: oneshot::Receiver<Result<T, WorkError>>,
    /// None once it is over or detached.
    book: Option<Arc<dyn Withdraw>>,
}

impl<T> Job<T> {
    pub(super) fn new(item: Item, answer: oneshot::Receiver<Result<T, WorkError>>, book: Arc<dyn Withdraw>) -> Self {
        Self { item, answer, book: Some(book) }
    }

    /// Its number in the ecosystem: later submissions have higher ones.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.item
    }

    /// Takes the work back. A worker that has begun with it is interrupted at its next await. The job ends as
    /// [`WorkError::Cancelled`] unless it was over already.
    pub fn cancel(&self) {
        if let Some(book) = &self.book {
            book.withdraw(self.item);
        }
    }

    /// Lets the work go on with nobody to hear of its end.
    pub fn detach(mut self) {
        self.book = None;
    }

    /// It never came to be: there is nothing to take back.
    pub(super) fn forget(mut self) {
        self.book = None;
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, WorkError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = std::task::ready!(Pin::new(&mut self.answer).poll(cx));
        self.book = None;
        // An answer that was dropped means that everything around it was.
        Poll::Ready(answer.unwrap_or(Err(WorkError::ShutDown(None))))
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        if let Some(book) = self.book.take() {
            book.withdraw(self.item);
        }
    }
}

impl<T> fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("number", &self.item).finish_non_exhaustive()
    }
}
