//! What the cache knows of one bucket.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Whether a bucket's watch is up, and since when.
///
/// The phase rises with every turn; it is odd while the watch is up. A value is served only in the phase in which it
/// was put in, so that one turn throws out the whole bucket.
#[derive(Debug, Default)]
pub(crate) struct BucketState {
    phase: AtomicU64,
    holds_expiring: AtomicBool,
}

/// One turn of a bucket's watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase(u64);

impl Phase {
    /// Whether the watch is up.
    pub(crate) fn is_up(self) -> bool {
        self.0 % 2 == 1
    }
}

impl BucketState {
    pub(crate) fn phase(&self) -> Phase {
        Phase(self.phase.load(Ordering::Acquire))
    }

    /// Everything that stood when the watch began was told; only its one task calls this.
    pub(crate) fn watch_is_up(&self) {
        if !self.phase().is_up() {
            self.phase.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// The watch broke or lost its place; only its one task calls this.
    pub(crate) fn watch_is_down(&self) {
        if self.phase().is_up() {
            self.phase.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Whether values of this bucket are known to expire. A read does not tell how long its value lives, so from then
    /// on only values that this instance wrote are served.
    pub(crate) fn holds_expiring(&self) -> bool {
        self.holds_expiring.load(Ordering::Acquire)
    }

    pub(crate) fn note_expiring(&self) {
        self.holds_expiring.store(true, Ordering::Release);
    }
}
