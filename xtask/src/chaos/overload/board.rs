//! What the consumer and those around it note for the experiment.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::chaos::live;

/// Enough to cover one control message; older ones are forgotten.
const KEPT: usize = 1_024;

/// How a control message came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// From the kill to the notice.
    pub(super) all: Duration,
    /// Of it, what the machine gave to others while the consumer had work.
    pub(super) taken: Duration,
    /// Messages that were begun between the end of the process and the notice.
    pub(super) messages: u64,
}

impl Told {
    /// Without what the machine took.
    pub(super) fn own(&self) -> Duration {
        self.all.saturating_sub(self.taken)
    }
}

/// What the consumer and those around it share.
#[derive(Default)]
pub(super) struct Board {
    /// Messages that the consumer has begun.
    begun: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    killed_at: Option<Instant>,
    /// How many messages had been begun when the probe's state was dropped, right before its end is told.
    begun_at_end: u64,
    told: Vec<Told>,
    /// When the consumer's thread was not its own, though it had work.
    stalls: VecDeque<(Instant, Instant)>,
}

impl Board {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a message that the consumer begins.
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// The consumer's thread was not its own from `from` to `to`.
    pub(super) fn stalled(&self, from: Instant, to: Instant) {
        let mut state = self.state();
        if state.stalls.len() == KEPT {
            state.stalls.pop_front();
        }
        state.stalls.push_back((from, to));
    }

    /// The probe is about to be killed.
    pub(super) fn killed(&self) {
        let mut state = self.state();
        state.stalls.clear();
        state.killed_at = Some(live::now());
    }

    /// The probe's state is dropped.
    pub(super) fn ended(&self) {
        let begun = self.begun();
        self.state().begun_at_end = begun;
    }

    /// The consumer hears of it.
    pub(super) fn heard(&self) {
        let (now, begun) = (live::now(), self.begun());
        let mut state = self.state();
        let Some(at) = state.killed_at.take() else { return };
        let taken = state.stalls.iter().map(|(from, to)| to.saturating_duration_since(at.max(*from))).sum();
        let messages = begun - state.begun_at_end;
        state.told.push(Told { all: now - at, taken, messages });
    }

    /// Whether the last end was heard of.
    pub(super) fn is_told(&self) -> bool {
        self.state().killed_at.is_none()
    }

    pub(super) fn take_told(&self) -> Vec<Told> {
        std::mem::take(&mut self.state().told)
    }
}

#[cfg(test)]
mod tests;
