//! How many restarts are too many: a sliding window.

use std::collections::VecDeque;
use std::time::Duration;

use crate::port::clock::Monotonic;

/// A window of so many is not worth giving back.
const KEPT: usize = 64;

/// The restarts of the last `period`, at most one more than are tolerated.
///
/// Source: `add_restart` in OTP's supervisor.erl; a restart exactly `period` ago still counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Intensity {
    tolerated: u32,
    period: Duration,
    recent: VecDeque<Monotonic>,
}

impl Intensity {
    pub(super) fn new(tolerated: u32, period: Duration) -> Self {
        Self { tolerated, period, recent: VecDeque::new() }
    }

    /// Counts a restart at `now`; `false` if it is one too many.
    #[must_use]
    pub(super) fn tolerates(&mut self, now: Monotonic) -> bool {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::WindowNotSliding) {
            // Begins anew only after a whole period without a restart.
            if self.recent.back().is_some_and(|latest| now.since(*latest) > self.period) {
                self.recent.clear();
            }
            self.recent.push_back(now);
            return self.recent.len() <= self.tolerated as usize;
        }
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::IntensityIgnored) {
            return true;
        } else if crate::planted::is(crate::planted::Bug::WindowKept) {
            self.recent.push_back(now);
            return self.recent.len() <= self.tolerated as usize;
        }
        while self.recent.front().is_some_and(|oldest| now.since(*oldest) > self.period) {
            self.recent.pop_front();
        }
        // What a storm has left is given back.
        if self.recent.capacity() > KEPT && self.recent.len() < self.recent.capacity() / 4 {
            self.recent.shrink_to(self.recent.len() * 2);
        }
        self.recent.push_back(now);
        self.recent.len() <= self.tolerated as usize
    }
}

#[cfg(test)]
mod tests;
