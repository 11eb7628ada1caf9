//! A mailbox that takes no more mail while what is in it is still handled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use super::Mailbox;

/// What became of the mail that waited when a drain began.
#[derive(Debug, Default)]
pub(crate) struct DrainCount {
    handled: AtomicU64,
    undelivered: AtomicU64,
}

impl DrainCount {
    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(Ordering::Acquire)
    }

    /// Known when the life has ended.
    pub(crate) fn undelivered(&self) -> u64 {
        self.undelivered.load(Ordering::Acquire)
    }

    pub(super) fn set_undelivered(&self, count: u64) {
        self.undelivered.store(count, Ordering::Release);
    }
}

impl<M> Mailbox<M> {
    /// Takes nothing more, and sends away who waits for room; the caller wakes those outside all locks. A drain that
    /// goes on already is joined.
    pub(crate) fn begin_drain(&self) -> (Arc<DrainCount>, Vec<Waker>) {
        let mut mail = self.mail.lock();
        mail.open = false;
        let waiting = mail.dismiss();
        let count = Arc::clone(mail.rare().drain.get_or_insert_default());
        (count, waiting)
    }

    /// Counts a message that was taken during a drain.
    pub(crate) fn count_drained(&self) {
        let mail = self.mail.lock();
        if let Some(count) = mail.rare.as_ref().and_then(|rare| rare.drain.as_ref()) {
            count.handled.fetch_add(1, Ordering::AcqRel);
        }
    }
}
