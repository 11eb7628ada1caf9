//! Timers that fire again and again, and what they do about the times they missed.
//!
//! A process that is busy past a firing, or a machine that slept, finds firings that are overdue. What comes of them
//! is a policy, and a pure function of how late it is.

use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream;

use crate::port::clock::{Clock, Monotonic};

/// What an interval does about firings that came due while the process could not take them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missed {
    /// Nothing: it fires next at the next time on its grid.
    Skip,
    /// One firing stands for all of them. The default.
    #[default]
    Once,
    /// Each fires, one after the other, but at most this many; older ones are skipped. Zero is [`Skip`](Self::Skip).
    All {
        /// The most that are made up for.
        at_most: u32,
    },
}

/// One firing of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When it was due. On the interval's grid: the time it was set plus a whole number of periods.
    pub due: Monotonic,
    /// How many firings were skipped since the one before.
    pub skipped: u64,
}

/// Where an interval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    /// The next firing that was neither made nor skipped.
    next: Monotonic,
    period: Duration,
    skipped: u64,
}

impl Grid {
    /// What to do at `now`, which is not before `self.next`: the firing to make, if any, and where it stands then.
    fn at(mut self, now: Monotonic, missed: Missed) -> (Option<Tick>, Self) {
        // How many later ones are due too.
        let behind = u64::try_from(now.since(self.next).as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX);
        let skip = match missed {
            // On time, or late by less than a period.
            _ if behind == 0 => 0,
            Missed::Skip | Missed::All { at_most: 0 } => {
                self.pass(behind.saturating_add(1));
                return (None, self);
            }
            Missed::Once => behind,
            Missed::All { at_most } => behind.saturating_add(1).saturating_sub(u64::from(at_most)),
        };
        self.pass(skip);
        let tick = Tick { due: self.next, skipped: std::mem::take(&mut self.skipped) };
        self.next = self.next + self.period;
        (Some(tick), self)
    }

    fn pass(&mut self, firings: u64) {
        self.skipped = self.skipped.saturating_add(firings);
        let nanos = self.period.as_nanos().saturating_mul(u128::from(firings));
        self.next = self.next + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
    }
}

/// The firings of an interval, the first one after `period`. Never ends.
pub(super) fn ticks(clock: Arc<dyn Clock>, period: Duration, missed: Missed) -> impl Stream<Item = Tick> + Send {
    // A period of nothing would fire for ever at one point of time.
    let period = period.max(Duration::from_nanos(1));
    let grid = Grid { next: clock.now() + period, period, skipped: 0 };
    stream::unfold((clock, grid), move |(clock, mut grid)| async move {
        loop {
            clock.sleep_until(grid.next).await;
            let (tick, rest) = grid.at(clock.now(), missed);
            grid = rest;
            if let Some(tick) = tick {
                return Some((tick, (clock, grid)));
            }
        }
    })
}

#[cfg(test)]
mod tests;
