//! Writers whose every acknowledgement is noted: what they were told has to be there in the end, once.
//!
//! Those of the key-value store append their ids to one list by reading it and writing it back on the condition that
//! nobody was quicker. Those of the event log append batches, and try a batch whose answer was lost again under the
//! same id.

mod batches;
mod lists;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) use batches::{BatchWriter, read_batches};
pub(super) use lists::{ListWriter, read_list};

use crate::chaos::live;

/// Between two writes of a writer.
const PAUSE: Duration = Duration::from_millis(4);
/// Before a write that failed is tried again.
const BREATH: Duration = Duration::from_millis(20);

/// What became of a write, as far as its writer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Acknowledged,
    /// It had no effect.
    Refused,
    /// Nobody knows; the writer has to find out.
    Unknown,
}

/// The books of the writers of one round and one store.
#[derive(Debug)]
pub(super) struct Books {
    epoch: Instant,
    pages: Mutex<Pages>,
    stop: AtomicBool,
}

/// What stands in the books.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    /// Each id that was sent, and what its writer was told at last.
    pub(super) told: Vec<(u64, Told)>,
    /// When writes were acknowledged.
    pub(super) successes: Vec<Duration>,
    /// Answers that were lost.
    pub(super) unknown: u64,
    /// Those of them of which the writer found out.
    pub(super) resolved: u64,
}

impl Pages {
    /// How long after `fault` the next write was acknowledged; not those whose answers were on their way, or were sent
    /// before the signal arrived.
    pub(super) fn next_success(&self, fault: Duration) -> Option<Duration> {
        const SIGNAL_ARRIVES: Duration = Duration::from_millis(50);
        self.successes.iter().filter(|at| **at > fault + SIGNAL_ARRIVES).map(|at| *at - fault).min()
    }
}

impl Books {
    /// Books whose times count from `epoch`.
    pub(super) fn new(epoch: Instant) -> Self {
        Self { epoch, pages: Mutex::default(), stop: AtomicBool::new(false) }
    }

    /// Ends the writers, each after the write at hand is settled.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What stands in them now.
    pub(super) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sent(&self, id: u64) -> usize {
        let mut pages = self.pages();
        pages.told.push((id, Told::Unknown));
        pages.told.len() - 1
    }

    fn told(&self, place: usize, told: Told) {
        self.pages().told[place].1 = told;
    }

    fn succeeded(&self, place: usize) {
        let at = self.epoch.elapsed();
        let mut pages = self.pages();
        pages.told[place].1 = Told::Acknowledged;
        pages.successes.push(at);
    }

    fn lost_answer(&self) {
        self.pages().unknown += 1;
    }

    fn found_out(&self) {
        self.pages().resolved += 1;
    }
}

/// What the end shows of what writers were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Audit {
    pub(super) acknowledged: u64,
    /// Acknowledged and not there.
    pub(super) lost: u64,
    /// There more than once.
    pub(super) duplicated: u64,
    /// There, and refused or never sent.
    pub(super) phantom: u64,
    /// Behind a later one of its writer.
    pub(super) out_of_order: u64,
}

impl Audit {
    /// Compares what was told with what is there, in its order. An id has its writer in its upper half and rises.
    pub(super) fn of(told: &[(u64, Told)], found: &[u64]) -> Self {
        let mut counts = std::collections::BTreeMap::<u64, u64>::new();
        let mut latest = std::collections::BTreeMap::<u64, u64>::new();
        let mut audit = Self::default();
        for id in found {
            *counts.entry(*id).or_default() += 1;
            let before = latest.insert(id >> 32, *id);
            audit.out_of_order += u64::from(before.is_some_and(|before| before > *id));
        }
        let mut known = std::collections::BTreeSet::new();
        for (id, told) in told {
            known.insert(*id);
            let is_there = counts.contains_key(id);
            match told {
                Told::Acknowledged => {
                    audit.acknowledged += 1;
                    audit.lost += u64::from(!is_there);
                }
                Told::Refused => audit.phantom += u64::from(is_there),
                Told::Unknown => {}
            }
        }
        audit.phantom += counts.keys().filter(|id| !known.contains(id)).count() as u64;
        audit.duplicated = counts.values().filter(|count| **count > 1).count() as u64;
        audit
    }

    /// Adds the figures of another round.
    pub(super) fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.phantom += other.phantom;
        self.out_of_order += other.out_of_order;
    }
}

/// The id of a writer's `n`th write.
fn id(writer: u32, n: u32) -> u64 {
    (u64::from(writer) << 32) | u64::from(n)
}

async fn rest() {
    live::pause(PAUSE).await;
}

async fn breathe() {
    live::pause(BREATH).await;
}

#[cfg(test)]
mod tests;
