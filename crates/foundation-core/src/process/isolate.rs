//! The wall around a process's own code: a panic in it ends that process and nothing else.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Exit;
use super::mailbox::inbox::Inbox;
use crate::port::spawner::panic_message;

pin_project! {
    /// One of the process's own functions, as near to it as can be: what unwinds is that function and nothing around
    /// it, so the state outlives the panic and is dropped on its own.
    pub(super) struct Guarded<F> {
        #[pin]
        work: F,
    }
}

/// Guards a function that runs apart from the mail.
pub(super) fn guard<F>(work: F) -> Guarded<F> {
    Guarded { work }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Result<F::Output, Exit>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.project().work;
        match guarded(|| work.poll(cx)) {
            Ok(polled) => polled.map(Ok),
            Err(exit) => Poll::Ready(Err(exit)),
        }
    }
}

/// Why a turn was the last one.
pub(super) enum LastTurn {
    /// The function gave up.
    GaveUp(Exit),
    /// It panicked.
    Panicked(Exit),
}

pin_project! {
    /// What a process does about one message, guarded likewise.
    pub(super) struct GuardedTurn<'a, F, M>
    where
        M: Send,
        M: 'static,
    {
        #[pin]
        work: F,
        // Told how far it has come, when the function awaits something.
        inbox: &'a mut Inbox<M>,
    }
}

/// Guards a function that runs for a message out of `inbox`.
pub(super) fn guard_turn<F, M: Send + 'static>(work: F, inbox: &mut Inbox<M>) -> GuardedTurn<'_, F, M> {
    GuardedTurn { work, inbox }
}

impl<F: Future<Output = Result<(), Exit>>, M: Send + 'static> Future for GuardedTurn<'_, F, M> {
    /// `None` where the process goes on. One word, because a turn is short: a reason that is passed on by value is
    /// copied from frame to frame also where there is none.
    type Output = Option<Box<LastTurn>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let work = this.work;
        let polled = catch_unwind(AssertUnwindSafe(|| match work.poll(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(None),
            Poll::Ready(Err(exit)) => Poll::Ready(Some(Box::new(LastTurn::GaveUp(exit)))),
            Poll::Pending => Poll::Pending,
        }));
        match polled {
            Ok(Poll::Pending) => {
                this.inbox.publish();
                Poll::Pending
            }
            Ok(ready) => ready,
            Err(panic) => Poll::Ready(Some(Box::new(LastTurn::Panicked(panicked(panic))))),
        }
    }
}

/// Calls `work`; a panic becomes the reason of an end.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Exit> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panicked)
}

/// Drops a value of the user's, whose `Drop` may panic, where nobody is to blame for it.
pub(crate) fn drop_quietly<T>(value: T) {
    let _ = guarded(|| drop(value));
}

fn panicked(panic: Box<dyn Any + Send>) -> Exit {
    let exit = Exit::Panicked(panic_message(panic.as_ref()).into());
    // The payload is a value of the user's like any other, and its `Drop` may panic in turn. What that one carries is
    // leaked rather than dropped, or there would be no end to it.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(second);
    }
    exit
}
