//! Which threads run isolated work, and for whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_channel::oneshot;
use metrics::{Counter, Gauge};
use parking_lot::Mutex;

use super::IsolatedThread;
use crate::port::clock::Monotonic;
use crate::telemetry::{Telemetry, names};

/// How isolated work ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Panicked,
    TimedOut,
    Cancelled,
    NotStarted,
}

pub(super) struct Threads {
    state: Mutex<State>,
    outcomes: [Counter; 5],
    abandoned: Gauge,
}

#[derive(Default)]
struct State {
    last: u64,
    running: BTreeMap<u64, Entry>,
    /// Told when a thread ends.
    waiting: Vec<oneshot::Sender<()>>,
}

struct Entry {
    name: &'static str,
    begun: Monotonic,
    is_abandoned: bool,
}

/// A thread's place, given back when it is dropped.
pub(super) struct Place {
    number: u64,
    threads: Arc<Threads>,
}

impl Threads {
    pub(super) fn new(telemetry: &Telemetry, owner: &'static str) -> Arc<Self> {
        let outcome = |outcome| telemetry.counter(names::ISOLATED, &[owner, outcome]);
        Arc::new(Self {
            state: Mutex::default(),
            // In the order of `Outcome`.
            outcomes: ["done", "panicked", "timed_out", "cancelled", "not_started"].map(outcome),
            abandoned: telemetry.gauge(names::ISOLATED_ABANDONED, &[owner]),
        })
    }

    pub(super) fn begin(self: &Arc<Self>, name: &'static str, begun: Monotonic) -> Place {
        let mut state = self.state.lock();
        state.last += 1;
        let number = state.last;
        state.running.insert(number, Entry { name, begun, is_abandoned: false });
        Place { number, threads: Arc::clone(self) }
    }

    /// Nobody waits for that thread any more.
    pub(super) fn abandon(&self, number: u64) {
        let mut state = self.state.lock();
        if let Some(entry) = state.running.get_mut(&number) {
            entry.is_abandoned = true;
        }
        self.abandoned.set(state.abandoned() as f64);
    }

    pub(super) fn count(&self, outcome: Outcome) {
        if let Some(counter) = self.outcomes.get(outcome as usize) {
            counter.increment(1);
        }
    }

    pub(super) fn look(&self, now: Monotonic) -> Vec<IsolatedThread> {
        let state = self.state.lock();
        let look = |Entry { name, begun, is_abandoned }: &Entry| IsolatedThread {
            name,
            running_for: now.since(*begun),
            is_abandoned: *is_abandoned,
        };
        state.running.values().map(look).collect()
    }

    pub(super) fn abandoned(&self) -> usize {
        self.state.lock().abandoned()
    }

    /// Ready when a thread ends; `None` where none runs.
    pub(super) fn await_end(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        if state.running.is_empty() {
            return None;
        }
        let (sender, ended) = oneshot::channel();
        state.waiting.retain(|waiting| !waiting.is_canceled());
        state.waiting.push(sender);
        Some(ended)
    }
}

impl State {
    fn abandoned(&self) -> usize {
        self.running.values().filter(|entry| entry.is_abandoned).count()
    }
}

impl Place {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.threads.state.lock();
            state.running.remove(&self.number);
            self.threads.abandoned.set(state.abandoned() as f64);
            std::mem::take(&mut state.waiting)
        };
        for waiting in waiting {
            // It may have stopped waiting.
            let _ = waiting.send(());
        }
    }
}
