//! The sleeps that are under way on one clock, ordered by when they end.

use std::collections::BTreeMap;
use std::task::{Context, Waker};

use foundation_core::port::clock::Monotonic;

/// Wakers by deadline; those of one deadline in the order in which they began to wait.
#[derive(Default)]
pub(super) struct Timers {
    waiting: BTreeMap<(Monotonic, u64), Waker>,
    started: u64,
}

impl Timers {
    /// Notes that `cx` waits for `deadline`; `place` is what an earlier poll of the same sleep got. Answers the waker
    /// that it replaced, so that the caller can drop it outside its lock.
    pub(super) fn wait(&mut self, deadline: Monotonic, place: &mut Option<u64>, cx: &Context<'_>) -> Option<Waker> {
        let number = *place.get_or_insert_with(|| {
            self.started += 1;
            self.started
        });
        self.waiting.insert((deadline, number), cx.waker().clone())
    }

    /// Forgets a sleep. Answers its waker so that the caller can drop it outside its lock.
    pub(super) fn forget(&mut self, deadline: Monotonic, place: u64) -> Option<Waker> {
        self.waiting.remove(&(deadline, place))
    }

    /// When the next sleep ends.
    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        self.waiting.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// Takes the sleeps that end at or before `now`, in order.
    pub(super) fn take_due(&mut self, now: Monotonic) -> Vec<Waker> {
        let later = match now.0.checked_add(1) {
            Some(after) => self.waiting.split_off(&(Monotonic(after), 0)),
            None => BTreeMap::new(),
        };
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }
}
