//! A process's own timers: messages that it will get from itself.
//!
//! They live with one incarnation and reach it past the mailbox, so that a full mailbox cannot hold one up and a
//! restarted process hears none of its former life's.

use std::collections::BTreeMap;
use std::task::{Context, Poll};

use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};

/// Names a timer among those of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId {
    due: Monotonic,
    /// Timers due at one point fire in the order they were set.
    number: u64,
}

pub(super) struct Timers<M> {
    pending: BTreeMap<TimerId, M>,
    set: u64,
    /// The wait for the first timer, and what it waits for.
    alarm: Option<(Monotonic, BoxFuture<'static, ()>)>,
}

impl<M> Timers<M> {
    pub(super) fn new() -> Self {
        Self { pending: BTreeMap::new(), set: 0, alarm: None }
    }

    pub(super) fn set(&mut self, due: Monotonic, message: M) -> TimerId {
        self.set += 1;
        let id = TimerId { due, number: self.set };
        self.pending.insert(id, message);
        id
    }

    pub(super) fn cancel(&mut self, id: TimerId) -> Option<M> {
        self.pending.remove(&id)
    }

    pub(super) fn next_due(&self) -> Option<Monotonic> {
        self.pending.keys().next().map(|id| id.due)
    }

    /// Takes the first message that is due at `now`.
    pub(super) fn take_due(&mut self, now: Monotonic) -> Option<M> {
        let first = self.pending.first_entry()?;
        if first.key().due <= now { Some(first.remove()) } else { None }
    }

    /// Ready when the first timer is due.
    pub(super) fn poll_alarm(&mut self, clock: &dyn Clock, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.next_due() else {
            self.alarm = None;
            return Poll::Pending;
        };
        let (_, sleep) = match self.alarm.take() {
            Some(alarm) if alarm.0 == due => self.alarm.insert(alarm),
            _ => self.alarm.insert((due, clock.sleep_until(due))),
        };
        let polled = sleep.as_mut().poll(cx);
        if polled.is_ready() {
            self.alarm = None;
        }
        polled
    }
}
