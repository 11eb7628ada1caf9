//! Where the answer to one call is handed over: written once, read once, and either side may go away first.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

enum State<T> {
    Empty,
    /// The caller waits.
    Awaited(Waker),
    Answered(T),
    /// One side is gone: the caller, or the reply before it was used.
    Gone,
}

/// The side that answers.
pub(super) struct Sender<T>(Option<Arc<Mutex<State<T>>>>);

/// The side that waits.
pub(super) struct Receiver<T>(Arc<Mutex<State<T>>>);

/// The reply was dropped unanswered.
pub(super) struct Unanswered;

pub(super) fn slot<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Mutex::new(State::Empty));
    (Sender(Some(Arc::clone(&slot))), Receiver(slot))
}

impl<T> Sender<T> {
    /// Answers; gives the value back where nobody waits any more.
    pub(super) fn send(mut self, value: T) -> Result<(), T> {
        let Some(slot) = self.0.take() else { return Err(value) };
        let mut state = slot.lock();
        match std::mem::replace(&mut *state, State::Gone) {
            State::Gone | State::Answered(_) => Err(value),
            State::Empty => {
                *state = State::Answered(value);
                Ok(())
            }
            State::Awaited(waker) => {
                *state = State::Answered(value);
                drop(state);
                waker.wake();
                Ok(())
            }
        }
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.0.as_ref().is_some_and(|slot| !matches!(*slot.lock(), State::Gone))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let Some(slot) = self.0.take() else { return };
        let before = std::mem::replace(&mut *slot.lock(), State::Gone);
        if let State::Awaited(waker) = before {
            waker.wake();
        }
    }
}

impl<T> Receiver<T> {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Unanswered>> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Empty => {
                *state = State::Awaited(cx.waker().clone());
                Poll::Pending
            }
            State::Awaited(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            State::Answered(_) | State::Gone => match std::mem::replace(&mut *state, State::Gone) {
                State::Answered(value) => Poll::Ready(Ok(value)),
                _ => Poll::Ready(Err(Unanswered)),
            },
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // The last reference needs no word to the other side.
        if Arc::get_mut(&mut self.0).is_none() {
            let before = std::mem::replace(&mut *self.0.lock(), State::Gone);
            drop(before);
        }
    }
}
