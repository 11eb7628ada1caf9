//! Everything that stands, in memory: values, the order in which they expire, and the latest changes by bucket.
//!
//! Readers and watches see this and never sled, so they see what is durable, whole batches only, and no corruption
//! that came after the opening. The price is that all values are held in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;

use foundation_core::port::clock::WallTime;
use foundation_core::port::storage::{Bucket, Change, Entry, Key, KeyRange, Removal, Revision};
use futures_channel::oneshot;

use super::record::Record;

/// The most bytes of values that a bucket's history keeps.
const HISTORY_BYTES: usize = 4 << 20;

/// A value and its key as the port names it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) key: Key,
    pub(super) record: Record,
}

impl Stored {
    pub(super) fn entry(&self) -> Entry {
        Entry { key: self.key.clone(), value: self.record.value.clone(), revision: Revision(self.record.revision) }
    }

    pub(super) fn lives(&self, now: WallTime) -> bool {
        self.record.expires.is_none_or(|expires| now.0 < expires)
    }
}

/// One bucket.
#[derive(Debug, Default)]
struct BucketState {
    values: BTreeMap<Box<str>, Stored>,
    expiries: BTreeSet<(u64, Key)>,
    history: VecDeque<Change>,
    history_bytes: usize,
    /// Changes up to this revision are not in the history, if there were any.
    floor: u64,
    waiting: Vec<oneshot::Sender<()>>,
}

/// A change that a commit made.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) bucket: Bucket,
    pub(super) key: Key,
    pub(super) revision: u64,
    /// The value, or why there is none any more.
    pub(super) now: Result<Record, Removal>,
}

/// What stands.
#[derive(Debug)]
pub(super) struct State {
    buckets: HashMap<Bucket, BucketState>,
    /// The last revision that was given out.
    pub(super) revision: u64,
    /// The last revision before this opening: what was before it is not in any history.
    floor: u64,
    history_limit: usize,
}

/// What a watch is told next.
#[derive(Debug)]
pub(super) enum News {
    /// These changes, and where the watch then stands.
    Changes(Vec<Change>, u64),
    /// Changes after its place are no longer kept.
    Missed,
    /// None yet; resolves when there may be some. With it, when the bucket's next value expires.
    None(oneshot::Receiver<()>, Option<WallTime>),
}

impl State {
    pub(super) fn new(floor: u64, history_limit: usize) -> Self {
        Self { buckets: HashMap::new(), revision: floor, floor, history_limit }
    }

    /// Takes in a row at the opening.
    pub(super) fn load(&mut self, bucket: Bucket, key: Key, record: Record) {
        let state = self.bucket(&bucket);
        if let Some(expires) = record.expires {
            state.expiries.insert((expires, key.clone()));
        }
        state.values.insert(key.as_str().into(), Stored { key, record });
    }

    fn bucket(&mut self, bucket: &Bucket) -> &mut BucketState {
        let floor = self.floor;
        self.buckets.entry(bucket.clone()).or_insert_with(|| BucketState { floor, ..BucketState::default() })
    }

    /// The stored value of a key, expired or not.
    pub(super) fn stored(&self, bucket: &Bucket, key: &Key) -> Option<&Stored> {
        self.buckets.get(bucket)?.values.get(key.as_str())
    }

    /// The values of a range that live, from a place on, at most so many.
    pub(super) fn range(
        &self,
        bucket: &Bucket,
        range: &KeyRange,
        after: Option<&Key>,
        now: WallTime,
        most: usize,
    ) -> Vec<Entry> {
        let Some(bucket) = self.buckets.get(bucket) else { return Vec::new() };
        let (start, end) = range.bounds();
        let start = after.map_or(start, |key| Bound::Excluded(key.as_str()));
        if is_empty(start, end) {
            return Vec::new();
        }
        let values = bucket.values.range::<str, _>((start, end));
        values.filter(|(_, stored)| stored.lives(now)).map(|(_, stored)| stored.entry()).take(most).collect()
    }

    /// Every row, expired or not.
    pub(super) fn rows(&self) -> Vec<(Bucket, Key, Record)> {
        let rows = self.buckets.iter().flat_map(|(bucket, state)| {
            state.values.values().map(|stored| (bucket.clone(), stored.key.clone(), stored.record.clone()))
        });
        rows.collect()
    }

    /// The first values that are over, at most so many.
    pub(super) fn over(&self, now: WallTime, most: usize) -> Vec<(Bucket, Key)> {
        let over = self.buckets.iter().flat_map(|(bucket, state)| {
            let over = state.expiries.iter().take_while(|(expires, _)| *expires <= now.0);
            over.map(move |(_, key)| (bucket.clone(), key.clone()))
        });
        over.take(most).collect()
    }

    /// Takes in what a commit made, and hands back whom to wake.
    pub(super) fn apply(&mut self, changes: Vec<Applied>) -> Vec<oneshot::Sender<()>> {
        let mut woken = Vec::new();
        for Applied { bucket, key, revision, now } in changes {
            self.revision = self.revision.max(revision);
            let limit = self.history_limit;
            let state = self.bucket(&bucket);
            let (before, expires, change) = match now {
                Ok(record) => {
                    let expires = record.expires;
                    let stored = Stored { key: key.clone(), record };
                    let change = Change::Put(stored.entry());
                    (state.values.insert(key.as_str().into(), stored), expires, change)
                }
                Err(cause) => {
                    let change = Change::Removed { key: key.clone(), revision: Revision(revision), cause };
                    (state.values.remove(key.as_str()), None, change)
                }
            };
            if let Some(expires) = before.and_then(|before| before.record.expires) {
                state.expiries.remove(&(expires, key.clone()));
            }
            if let Some(expires) = expires {
                state.expiries.insert((expires, key));
            }
            state.remember(change, limit);
            woken.append(&mut state.waiting);
        }
        woken
    }

    /// What a watch that stands at `after` is told next.
    pub(super) fn news(&mut self, bucket: &Bucket, range: &KeyRange, after: u64) -> News {
        let state = self.bucket(bucket);
        let next_end = state.expiries.first().map(|(expires, _)| WallTime(*expires));
        if after < state.floor {
            return News::Missed;
        }
        let start = state.history.partition_point(|change| revision_of(change) <= after);
        let Some(last) = state.history.back().map(revision_of).filter(|last| *last > after) else {
            let (sender, receiver) = oneshot::channel();
            if state.waiting.len() >= 16 && state.waiting.len().is_power_of_two() {
                state.waiting.retain(|sender| !sender.is_canceled());
            }
            state.waiting.push(sender);
            return News::None(receiver, next_end);
        };
        let changes = state.history.range(start..).filter(|change| range.contains(key_of(change)));
        News::Changes(changes.cloned().collect(), last)
    }

    /// Wakes every watch, to be told that the store stopped.
    pub(super) fn wake_all(&mut self) {
        for bucket in self.buckets.values_mut() {
            bucket.waiting.clear();
        }
    }
}

impl BucketState {
    fn remember(&mut self, change: Change, limit: usize) {
        self.history_bytes += weight(&change);
        self.history.push_back(change);
        while self.history.len() > limit || self.history_bytes > HISTORY_BYTES {
            let Some(oldest) = self.history.pop_front() else { break };
            self.history_bytes -= weight(&oldest);
            self.floor = revision_of(&oldest);
        }
    }
}

fn weight(change: &Change) -> usize {
    let value = if let Change::Put(entry) = change { entry.value.len() } else { 0 };
    value + key_of(change).len() + size_of::<Change>()
}

fn revision_of(change: &Change) -> u64 {
    match change {
        Change::Put(entry) => entry.revision.0,
        Change::Removed { revision, .. } | Change::Current(revision) => revision.0,
        Change::Compacted => 0,
    }
}

fn key_of(change: &Change) -> &str {
    match change {
        Change::Put(entry) => entry.key.as_str(),
        Change::Removed { key, .. } => key.as_str(),
        Change::Compacted | Change::Current(_) => "",
    }
}

/// Whether bounds enclose nothing; a map's range panics where they cross.
fn is_empty(start: Bound<&str>, end: Bound<&str>) -> bool {
    match (start, end) {
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        (Bound::Excluded(start), Bound::Included(end)) => start >= end,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
