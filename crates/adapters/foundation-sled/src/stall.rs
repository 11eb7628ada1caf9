//! Noticing a writer that hangs inside sled.
//!
//! sled writes on threads of its own, and a panic there leaves whoever flushes waiting for ever. So a writer says
//! when a commit begins and ends, and a thread looks now and then whether one began and does not end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use foundation_core::{Code, Error};

/// How often a writer is looked at.
pub(crate) const TICK: Duration = Duration::from_secs(5);

/// In how many looks one after the other a commit has to stand still.
pub(crate) const PATIENCE: u32 = 6;

/// How many commits began and ended.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Progress {
    /// Runs a commit.
    pub(crate) fn commit<T>(&self, work: impl FnOnce() -> T) -> T {
        self.begun.fetch_add(1, Ordering::AcqRel);
        let answer = work();
        self.ended.fetch_add(1, Ordering::AcqRel);
        answer
    }

    /// The number of the commit that is under way.
    fn under_way(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::Acquire);
        let begun = self.begun.load(Ordering::Acquire);
        (begun > ended).then_some(begun)
    }
}

/// Looks every `tick` until the sender of `closing` is dropped; answers whether one commit stood still for
/// `patience` looks.
pub(crate) fn stalls(progress: &Progress, closing: &Receiver<()>, tick: Duration, patience: u32) -> bool {
    let mut seen = (None, 0);
    while let Err(RecvTimeoutError::Timeout) = closing.recv_timeout(tick) {
        seen = match progress.under_way() {
            None => (None, 0),
            now if now == seen.0 => (now, seen.1 + 1),
            now => (now, 0),
        };
        if seen.1 >= patience {
            return true;
        }
    }
    false
}

/// What is told when a writer hangs.
pub(crate) fn stalled() -> Error {
    let seconds = TICK.as_secs() * u64::from(PATIENCE);
    Error::new(Code::Timeout, format!("a commit has not come back for {seconds} s, sled hangs"))
        .advise("restart the process; what was acknowledged is safe")
}

#[cfg(test)]
mod tests;
