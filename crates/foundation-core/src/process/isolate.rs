//! The wall around a process's own code: a panic in it, or a kill from outside, ends that process and nothing else.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use super::Exit;
use super::control::{Control, Urgency};
use crate::port::spawner::panic_message;

/// Runs `work` until it is ready, panics, or is interrupted by something at least as urgent as `least`.
///
/// `work` is dropped before this is ready, behind the same wall.
pub(super) async fn isolate<F: Future>(control: &Control, least: Urgency, work: F) -> Result<F::Output, Exit> {
    let mut work = pin!(Some(work));
    let outcome = std::future::poll_fn(|cx| {
        // Before looking for anything to do, so that whatever comes from now on wakes this task.
        control.waker().register(cx.waker());
        if let Some(exit) = control.interrupted(least) {
            return Poll::Ready(Err(exit));
        }
        let polled = guarded(|| work.as_mut().as_pin_mut().map_or(Poll::Pending, |work| work.poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(exit) => Poll::Ready(Err(exit)),
        }
    })
    .await;
    match guarded(|| work.set(None)) {
        Ok(()) => outcome,
        Err(exit) => outcome.and(Err(exit)),
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
