//! The values, and the rule that none replaces a newer one.
//!
//! A value on its way in may be overtaken: while a read is under way somebody writes, the write is told, nothing is
//! cached yet that could be compared with it, and then the read puts the old value in for good. So whoever is about
//! to put something in says so first ([`Entries::begin`]), and every change that is told meanwhile is remembered as
//! the least revision that may still go in. That costs memory only for what is under way.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::{Bucket, Entry, Key, Revision};
use moka::ops::compute::Op;
use moka::sync::Cache;
use parking_lot::Mutex;

use crate::bucket::{BucketState, Phase};

/// A key in its bucket.
pub(crate) type Place = (Bucket, Key);

/// Until when a value may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It does not expire.
    Endless,
    /// It expires at this point, or a little later.
    Until(Monotonic),
    /// Somebody else wrote it.
    Unknown,
}

/// A cached value.
#[derive(Clone, Debug)]
struct Slot {
    value: Bytes,
    revision: Revision,
    life: Life,
    phase: Phase,
}

/// A value that somebody wants to put in.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) value: Bytes,
    pub(crate) revision: Revision,
    pub(crate) life: Life,
    /// The bucket's phase before the value was read or written.
    pub(crate) phase: Phase,
}

/// The values of all buckets.
#[derive(Debug)]
pub(crate) struct Entries {
    cache: Cache<Place, Slot>,
    under_way: Mutex<HashMap<Place, UnderWay>>,
}

#[derive(Debug, Default)]
struct UnderWay {
    count: usize,
    /// The latest change that was told since the first of them began.
    told: Revision,
}

impl Entries {
    /// Holds values of at most about `bytes` bytes in all.
    pub(crate) fn new(bytes: u64) -> Self {
        /// What an entry costs beside its key and value, roughly.
        const OVERHEAD: usize = 128;
        let weigh = |(bucket, key): &Place, slot: &Slot| {
            let size = bucket.as_str().len() + key.as_str().len() + slot.value.len() + OVERHEAD;
            u32::try_from(size).unwrap_or(u32::MAX)
        };
        Self { cache: Cache::builder().max_capacity(bytes).weigher(weigh).build(), under_way: Mutex::default() }
    }

    /// Says that values may be put in at `places` until the answer is dropped.
    pub(crate) fn begin(self: &Arc<Self>, places: Vec<Place>) -> Begun {
        let mut under_way = self.under_way.lock();
        for place in &places {
            under_way.entry(place.clone()).or_default().count += 1;
        }
        drop(under_way);
        Begun { entries: Arc::clone(self), places }
    }

    /// What may be served of a place.
    pub(crate) fn serve(&self, place: &Place, state: &BucketState, now: Monotonic) -> Option<Entry> {
        let phase = state.phase();
        let slot = self.cache.get(place)?;
        let may_live = match slot.life {
            Life::Endless => true,
            Life::Until(end) => now < end,
            Life::Unknown => !state.holds_expiring(),
        };
        (phase.is_up() && slot.phase == phase && may_live).then(|| Entry {
            key: place.1.clone(),
            value: slot.value,
            revision: slot.revision,
        })
    }

    /// Puts in what a read has found or a write has written, unless something newer is known.
    pub(crate) fn put(&self, place: &Place, incoming: Incoming) {
        self.cache.entry_by_ref(place).and_compute_with(|held| {
            let held = held.map(|entry| entry.into_value());
            let told = self.under_way.lock().get(place).map_or(Revision(0), |under_way| under_way.told);
            if told > incoming.revision {
                return match held {
                    Some(held) if held.revision < told => Op::Remove,
                    _ => Op::Nop,
                };
            }
            let is_newer = held.is_none_or(|held| {
                let tells_more = held.life == Life::Unknown || held.phase != incoming.phase;
                incoming.revision > held.revision || (incoming.revision == held.revision && tells_more)
            });
            let Incoming { value, revision, life, phase } = incoming;
            if is_newer { Op::Put(Slot { value, revision, life, phase }) } else { Op::Nop }
        });
    }

    /// Takes in that a place has changed: what is cached there is replaced or thrown out, if it is older. A place that
    /// is not cached stays so.
    pub(crate) fn changed(&self, place: &Place, revision: Revision, value: Option<&Bytes>, phase: Phase) {
        // First this, then the cache: see the module's text.
        let is_under_way = match self.under_way.lock().get_mut(place) {
            Some(under_way) => {
                under_way.told = under_way.told.max(revision);
                true
            }
            None => false,
        };
        // Nothing is cached and nothing is on its way: what begins from now on reads the change itself. Where something
        // is on its way, the cache's lock on the key decides which of the two comes last.
        if !is_under_way && !self.cache.contains_key(place) {
            return;
        }
        self.cache.entry_by_ref(place).and_compute_with(|held| match (held, value) {
            (Some(held), Some(value)) if held.value().revision < revision => {
                Op::Put(Slot { value: value.clone(), revision, life: Life::Unknown, phase })
            }
            (Some(held), None) if held.value().revision < revision => Op::Remove,
            _ => Op::Nop,
        });
    }

    /// Throws out what is cached at a place.
    pub(crate) fn forget(&self, place: &Place) {
        self.cache.entry_by_ref(place).and_compute_with(|held| if held.is_some() { Op::Remove } else { Op::Nop });
    }

    /// About how many bytes are held.
    pub(crate) fn bytes(&self) -> u64 {
        self.cache.run_pending_tasks();
        self.cache.weighted_size()
    }
}

/// Something is about to be put in.
#[derive(Debug)]
pub(crate) struct Begun {
    entries: Arc<Entries>,
    places: Vec<Place>,
}

impl Begun {
    /// Nobody knows what stands there now: throws out what is cached.
    pub(crate) fn forget_all(&self) {
        for place in &self.places {
            self.entries.forget(place);
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let mut under_way = self.entries.under_way.lock();
        for place in &self.places {
            if let Some(left) = under_way.get_mut(place) {
                left.count -= 1;
                if left.count == 0 {
                    under_way.remove(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
