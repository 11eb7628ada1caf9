//! What this process knows of the streams' heads.
//!
//! A head that is known saves a question before an append; the engine judges it, so one that is out of date costs a
//! second attempt and nothing else. The latest head that was seen shows when the engine has lost a tail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foundation_core::port::storage::StreamName;

/// How many streams are remembered before those that nobody uses at the moment are forgotten.
const MOST: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Heads {
    slots: Mutex<HashMap<StreamName, Arc<Slot>>>,
}

/// One stream.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// The head, `None` where it is not known, zero where there are no events. Whoever appends holds it, so that the
    /// appends of this process keep their order and do not refuse each other.
    pub(super) head: tokio::sync::Mutex<Option<u64>>,
    seen: AtomicU64,
}

impl Heads {
    pub(super) fn slot(&self, stream: &StreamName) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(stream) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(stream.clone()).or_default())
    }
}

impl Slot {
    /// The latest head that was acknowledged to this process or proven to it.
    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Acquire)
    }

    pub(super) fn saw(&self, head: u64) {
        self.seen.fetch_max(head, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests;
