//! The latest appends by their batch ids, so that a repeated one is answered and not appended.

use std::collections::{BTreeMap, HashMap};

use foundation_core::port::storage::BatchId;

/// Where a remembered batch landed, and which block says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) block: u64,
}

/// A window over the latest batches, in the order of their sequences, however they were told.
#[derive(Debug)]
pub(crate) struct Remembered {
    limit: usize,
    by_batch: HashMap<BatchId, Landed>,
    by_first: BTreeMap<u64, BatchId>,
}

impl Remembered {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, by_batch: HashMap::new(), by_first: BTreeMap::new() }
    }

    pub(crate) fn get(&self, batch: BatchId) -> Option<Landed> {
        self.by_batch.get(&batch).copied()
    }

    /// Adds a batch, or moves it to the block that tells of it now.
    pub(crate) fn insert(&mut self, batch: BatchId, landed: Landed) {
        if let Some(before) = self.by_batch.insert(batch, landed) {
            self.by_first.remove(&before.first);
        }
        self.by_first.insert(landed.first, batch);
        while self.by_first.len() > self.limit {
            if let Some((_, oldest)) = self.by_first.pop_first() {
                self.by_batch.remove(&oldest);
            }
        }
    }

    /// The batches that only blocks before `base` tell of, oldest first.
    pub(crate) fn told_before(&self, base: u64) -> Vec<(BatchId, Landed)> {
        self.by_first
            .values()
            .filter_map(|batch| Some((*batch, *self.by_batch.get(batch)?)))
            .filter(|(_, landed)| landed.block < base)
            .collect()
    }
}
