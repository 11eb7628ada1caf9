//! How a process is woken.
//!
//! The task of a life has one waker from its first poll to its end. Most processes have one life, so the first waker
//! can be read without a lock and used without a clone; a process that was restarted pays for both.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use parking_lot::Mutex;

pub(super) struct Seat {
    /// The waker of the first life. It stays when that life is over, and waking it does nothing then.
    first: OnceLock<Waker>,
    is_restarted: AtomicBool,
    later: Mutex<Option<Box<Waker>>>,
}

impl Seat {
    pub(super) const fn new() -> Self {
        Self { first: OnceLock::new(), is_restarted: AtomicBool::new(false), later: Mutex::new(None) }
    }

    /// Tells how to wake the task of the present life. The task looks for work after this, so whatever came before is
    /// not overlooked.
    pub(super) fn take(&self, waker: &Waker) {
        if !self.is_restarted.load(Ordering::Acquire) && self.first.set(waker.clone()).is_ok() {
            return;
        }
        let waker = Some(Box::new(waker.clone()));
        let before = std::mem::replace(&mut *self.later.lock(), waker);
        // The last waker of a task that was dropped may drop what is left of it; not under the lock.
        drop(before);
    }

    /// The life is over: from now on nobody is woken, until the next one is polled.
    pub(super) fn leave(&self) {
        self.is_restarted.store(true, Ordering::Release);
        let before = self.later.lock().take();
        drop(before);
    }

    #[inline]
    pub(super) fn wake(&self) {
        if !self.is_restarted.load(Ordering::Acquire) {
            if let Some(first) = self.first.get() {
                first.wake_by_ref();
            }
            return;
        }
        let waker = self.later.lock().as_deref().cloned();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
