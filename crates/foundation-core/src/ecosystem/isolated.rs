//! Work on a thread of its own: for code that blocks, or computes long without an await, where it would hold up others.
//!
//! A thread cannot be ended from outside, in Rust as elsewhere. So whoever waits gets an answer in time (the result, the
//! text of a panic, or that the time is up), and the work gets a [`Cancellation`] to look at. Work that does not look
//! goes on with nobody waiting: its thread is abandoned, which is counted and can be asked for, until it ends by itself.

mod ledger;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_channel::oneshot;
use serde::Serialize;

use crate::error::{Code, Error};
use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};
use crate::port::spawner::{Spawner, panic_message};
use crate::process::isolate::drop_quietly;
use crate::runtime::Runtime;
use ledger::{Outcome, Place, Threads};

/// Starts work on threads of its own, and knows which of them run. Clones are the same.
#[derive(Clone)]
pub struct Isolation {
    spawner: Spawner,
    clock: Arc<dyn Clock>,
    threads: Arc<Threads>,
}

/// Whether somebody still waits for the work; handed to it, to be looked at now and then.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

/// Why isolated work has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IsolatedError {
    /// It panicked; the panic's text.
    #[error("isolated work panicked: {0}")]
    Panicked(String),
    /// It took longer than it may. Its thread goes on until it looks at its cancellation or ends.
    #[error("isolated work took longer than {0:?}")]
    TimedOut(Duration),
    /// It was cancelled. Its thread goes on until it looks at its cancellation or ends.
    #[error("isolated work was cancelled")]
    Cancelled,
    /// There was no thread for it.
    #[error("isolated work did not start: {0}")]
    NotStarted(String),
}

/// A thread that runs isolated work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IsolatedThread {
    /// The name the work was started with.
    pub name: &'static str,
    /// For how long it has run.
    pub running_for: Duration,
    /// Nobody waits for it any more: it was cancelled, or its time is up.
    pub is_abandoned: bool,
}

impl Isolation {
    /// Isolated work on this runtime's clock and threads. `owner` says whose it is in metrics.
    #[must_use]
    pub fn new(runtime: &Runtime, owner: &'static str) -> Self {
        Self {
            spawner: runtime.spawner().clone(),
            clock: Arc::clone(runtime.clock()),
            threads: Threads::new(runtime.telemetry(), owner),
        }
    }

    /// Starts `work` on a thread of its own. `limit` counts from now; there is none with `None`.
    ///
    /// It starts whether or not the answer is waited for. On a simulation it runs in place, as one step of a task of
    /// its own, and by the virtual clock.
    ///
    /// # Errors
    /// The future answers [`IsolatedError`].
    ///
    /// # Cancel safety
    /// Dropping the future cancels the work.
    pub fn run<T: Send + 'static>(
        &self,
        name: &'static str,
        limit: Option<Duration>,
        work: impl FnOnce(&Cancellation) -> T + Send + 'static,
    ) -> Isolated<T> {
        let (sender, answer) = oneshot::channel();
        let begun = self.clock.now();
        let cancellation = Cancellation::default();
        let place = self.threads.begin(name, begun);
        let number = place.number();
        let started = {
            let (clock, cancellation) = (Arc::clone(&self.clock), cancellation.clone());
            self.spawner.spawn_thread(name, move || {
                // Given back when the thread is done, also when the work never ran.
                let _place: Place = place;
                let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&cancellation)));
                let done = done.map_err(|panic| panic_message(panic.as_ref()));
                if let Err(unheard) = sender.send((done, clock.now())) {
                    drop_quietly(unheard);
                }
            })
        };
        let due = limit.map(|limit| (limit, begun + limit));
        Isolated {
            not_started: started.err().map(|error| error.to_string()),
            alarm: due.map(|(_, due)| self.clock.sleep_until(due)),
            due,
            answer,
            cancellation,
            place: Some((Arc::clone(&self.threads), number)),
        }
    }

    /// The threads that run now, the oldest first.
    #[must_use]
    pub fn threads(&self) -> Vec<IsolatedThread> {
        self.threads.look(self.clock.now())
    }

    /// How many threads run that nobody waits for any more.
    #[must_use]
    pub fn abandoned(&self) -> usize {
        self.threads.abandoned()
    }

    /// Waits until no thread runs.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn quiet(&self) {
        while let Some(ended) = self.threads.await_end() {
            // Dropped or sent, something ended; the next look tells.
            let _ = ended.await;
        }
    }
}

impl Cancellation {
    /// Whether nobody waits for the work any more, so that it should end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Work on a thread of its own. It is a future: of the result, or of the reason why there is none.
///
/// Dropping it cancels the work.
pub struct Isolated<T> {
    answer: oneshot::Receiver<(Result<T, String>, Monotonic)>,
    cancellation: Cancellation,
    due: Option<(Duration, Monotonic)>,
    alarm: Option<BoxFuture<'static, ()>>,
    not_started: Option<String>,
    /// Where it stands among the threads; none once it is over for the caller.
    place: Option<(Arc<Threads>, u64)>,
}

impl<T> Isolated<T> {
    /// Tells the work that nobody waits for it; the future answers [`IsolatedError::Cancelled`] unless the work was
    /// done before.
    pub fn cancel(&self) {
        self.cancellation.cancel();
    }

    fn over(&mut self, outcome: Outcome) {
        if let Some((threads, number)) = self.place.take() {
            threads.count(outcome);
            if matches!(outcome, Outcome::TimedOut | Outcome::Cancelled) {
                self.cancellation.cancel();
                threads.abandon(number);
            }
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, IsolatedError>> {
        let (done, at) = match Pin::new(&mut self.answer).poll(cx) {
            Poll::Ready(Ok(answer)) => answer,
            Poll::Ready(Err(oneshot::Canceled)) => {
                let reason = self.not_started.take();
                let reason = reason.unwrap_or_else(|| "the runtime was shut down before it ran".to_owned());
                return Poll::Ready(Err(IsolatedError::NotStarted(reason)));
            }
            Poll::Pending if self.cancellation.is_cancelled() => {
                return Poll::Ready(Err(IsolatedError::Cancelled));
            }
            Poll::Pending => {
                let Some(alarm) = &mut self.alarm else { return Poll::Pending };
                std::task::ready!(alarm.as_mut().poll(cx));
                let limit = self.due.map_or(Duration::ZERO, |(limit, _)| limit);
                return Poll::Ready(Err(IsolatedError::TimedOut(limit)));
            }
        };
        match self.due {
            // It is what it took that counts, not when somebody looked.
            Some((limit, due)) if at > due => Poll::Ready(Err(IsolatedError::TimedOut(limit))),
            _ => Poll::Ready(done.map_err(IsolatedError::Panicked)),
        }
    }
}

impl<T> Future for Isolated<T> {
    type Output = Result<T, IsolatedError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = std::task::ready!(self.poll_answer(cx));
        self.over(match &answer {
            Ok(_) => Outcome::Done,
            Err(IsolatedError::Panicked(_)) => Outcome::Panicked,
            Err(IsolatedError::TimedOut(_)) => Outcome::TimedOut,
            Err(IsolatedError::Cancelled) => Outcome::Cancelled,
            Err(IsolatedError::NotStarted(_)) => Outcome::NotStarted,
        });
        Poll::Ready(answer)
    }
}

impl<T> Drop for Isolated<T> {
    fn drop(&mut self) {
        self.over(Outcome::Cancelled);
    }
}

impl From<IsolatedError> for Error {
    fn from(error: IsolatedError) -> Self {
        let code = match &error {
            IsolatedError::Panicked(_) => Code::Internal,
            IsolatedError::NotStarted(_) => Code::ResourceExhausted,
            // Nobody knows how far it came.
            IsolatedError::TimedOut(_) | IsolatedError::Cancelled => Code::OutcomeUnknown,
        };
        Self::new(code, error.to_string())
    }
}

impl fmt::Debug for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolation").field("threads", &self.threads()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Isolated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolated").field("is_cancelled", &self.cancellation.is_cancelled()).finish_non_exhaustive()
    }
}
