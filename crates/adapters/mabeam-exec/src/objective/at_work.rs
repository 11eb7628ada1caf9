//! How many trials are being measured, for whoever waits until none is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The trials at work.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    n_trials: Mutex<usize>,
    changed: Condvar,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct One<'a>(&'a AtWork);

impl AtWork {
    pub(super) fn enter(&self) -> One<'_> {
        *self.count() += 1;
        One(self)
    }

    /// Waits until there is none, at most `patience`; answers whether there is none.
    pub(super) fn wait_for_none(&self, patience: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.count(), patience, |n_trials| *n_trials > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// A number cannot be left half changed, so that a panic of somebody who had it does not matter.
    fn count(&self) -> MutexGuard<'_, usize> {
        self.n_trials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        *self.0.count() -= 1;
        self.0.changed.notify_all();
    }
}
