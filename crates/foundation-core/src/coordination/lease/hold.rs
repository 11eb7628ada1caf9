//! The deadline of a lease, as its holder and its keeper share it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};

/// Until when a lease may be acted on. Once somebody has seen that it is over it stays so.
pub(super) struct Hold {
    clock: Arc<dyn Clock>,
    deadline: AtomicU64,
}

/// Stands for a lease that is over. A deadline is later than the origin of its clock.
const OVER: u64 = 0;

impl Hold {
    /// The deadline of a lease that is over.
    pub(super) const OVER: Monotonic = Monotonic(OVER);

    /// Not held yet: the first [`extend`](Self::extend) begins it.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, deadline: AtomicU64::new(1) }
    }

    /// Moves the deadline on; answers false where the holder has seen it pass before.
    pub(super) fn extend(&self, deadline: Monotonic) -> bool {
        let later = |known: u64| (known != OVER).then(|| known.max(deadline.0));
        self.deadline.fetch_update(Ordering::AcqRel, Ordering::Acquire, later).is_ok()
    }

    pub(super) fn end(&self) {
        self.deadline.store(OVER, Ordering::Release);
    }

    pub(super) fn deadline(&self) -> Monotonic {
        Monotonic(self.deadline.load(Ordering::Acquire))
    }

    pub(super) fn is_held(&self) -> bool {
        loop {
            let known = self.deadline.load(Ordering::Acquire);
            if self.clock.now() < Monotonic(known) {
                return true;
            }
            // A renewal that is answered in this moment is too late, unless it was quicker than this.
            if self.deadline.compare_exchange(known, OVER, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return false;
            }
        }
    }

    pub(super) fn sleep_until(&self, deadline: Monotonic) -> BoxFuture<'static, ()> {
        self.clock.sleep_until(deadline)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
