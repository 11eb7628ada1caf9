//! The deadline of a call, which costs nothing until it has to wait.
//!
//! The clock is read when the call first finds no answer. Inside a process the deadline then goes to the process's
//! one alarm; elsewhere the call has a timer of its own.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use foundation_oneshot::{Receiver, Unanswered};

use super::cell::Cell;
use super::current;
use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};

pub(crate) struct Deadline<'a> {
    clock: Option<&'a dyn Clock>,
    /// The number of the process that is called.
    callee: u64,
    within: Duration,
    at: Option<Monotonic>,
    sleep: Option<BoxFuture<'static, ()>>,
}

impl<'a> Deadline<'a> {
    /// A deadline `within` from the moment of the first wait, for a call of `cell`.
    ///
    /// A process that was never started has no clock and no mailbox that takes anything, so nothing waits for it.
    pub(crate) fn new<M: Send + 'static>(cell: &'a Cell<M>, within: Duration) -> Self {
        let clock = cell.runtime().map(|runtime| &**runtime.clock());
        Self { clock, callee: cell.control.number(), within, at: None, sleep: None }
    }

    /// Ready when it has passed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(clock) = self.clock else { return Poll::Pending };
        let first = self.at.is_none();
        let at = match self.at {
            Some(at) => at,
            None => *self.at.insert(clock.now() + self.within),
        };
        // A call that was begun elsewhere keeps its own timer.
        if self.sleep.is_none() && current::is_process() {
            if (!first || self.within.is_zero()) && clock.now() >= at {
                return Poll::Ready(());
            }
            current::wait_for(self.callee, at);
            return Poll::Pending;
        }
        self.sleep.get_or_insert_with(|| clock.sleep_until(at)).as_mut().poll(cx)
    }

    /// Runs `work` until the deadline; `None` when that came first. Work that is ready at the deadline counts.
    pub(crate) async fn bound<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => self.poll(cx).map(|()| None),
        })
        .await
    }
}

impl Drop for Deadline<'_> {
    fn drop(&mut self) {
        if self.at.is_some() {
            current::wait_is_over(self.callee);
        }
    }
}

/// The wait for an answer; `None` when the deadline came first.
pub(super) struct Answer<'a, 'c, T> {
    pub(super) slot: Receiver<T>,
    pub(super) deadline: &'a mut Deadline<'c>,
    /// It is time to let others run first: steps of the process called were taken here.
    pub(super) is_spent: bool,
}

impl<T> Future for Answer<'_, '_, T> {
    type Output = Option<Result<T, Unanswered>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if std::mem::take(&mut this.is_spent) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match this.slot.poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => this.deadline.poll(cx).map(|()| None),
        }
    }
}
