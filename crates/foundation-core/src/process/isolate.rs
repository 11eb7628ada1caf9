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
    pub(super) struct Guarded<'a, F, M>
    where
        M: Send,
        M: 'static,
    {
        #[pin]
        work: F,
        // Told how far it has come, when the function awaits something.
        inbox: Option<&'a mut Inbox<M>>,
    }
}

/// Guards a function that runs apart from the mail.
pub(super) fn guard<'a, F, M: Send + 'static>(work: F) -> Guarded<'a, F, M> {
    Guarded { work, inbox: None }
}

/// Guards a function that runs for a message out of `inbox`.
pub(super) fn guard_turn<F, M: Send + 'static>(work: F, inbox: &mut Inbox<M>) -> Guarded<'_, F, M> {
    Guarded { work, inbox: Some(inbox) }
}

impl<F: Future, M: Send + 'static> Future for Guarded<'_, F, M> {
    type Output = Result<F::Output, Exit>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let work = this.work;
        match guarded(|| work.poll(cx)) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => {
                if let Some(inbox) = this.inbox {
                    inbox.publish();
                }
                Poll::Pending
            }
            Err(exit) => Poll::Ready(Err(exit)),
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
