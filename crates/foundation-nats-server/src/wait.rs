//! Waiting for another process: the one place of this crate that reads a clock and sleeps.

use std::thread;
use std::time::{Duration, Instant};

/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// A moment by which something has to have happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    pub(crate) within: Duration,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "another process is waited for, in real time only")]
    pub(crate) fn after(within: Duration) -> Self {
        Self { at: Instant::now() + within, within }
    }

    /// What is left; at least a millisecond, because sockets refuse a limit of none.
    #[expect(clippy::disallowed_methods, reason = "another process is waited for, in real time only")]
    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    #[expect(clippy::disallowed_methods, reason = "another process is waited for, in real time only")]
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.at
    }

    /// Waits a little; says whether there is time for another look.
    #[expect(clippy::disallowed_methods, reason = "another process is waited for, and the caller's thread is meant to")]
    pub(crate) fn pause(&self) -> bool {
        if self.is_over() {
            return false;
        }
        thread::sleep(PAUSE.min(self.left()));
        true
    }
}
