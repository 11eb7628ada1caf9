//! One bucket: its values, what expires when, and the latest changes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::port::storage::{Change, Condition, Entry, Key, KeyRange, Removal, Revision, Write};
use foundation_core::{Code, Error, Result};
use parking_lot::Mutex;

use crate::signal::Signal;

pub(super) struct SharedBucket {
    clock: Arc<dyn Clock>,
    state: Mutex<BucketState>,
    pub(super) changed: Arc<Signal>,
}

pub(super) struct BucketState {
    values: BTreeMap<Key, Stored>,
    /// When which key expires, for the values that do.
    expiring: BTreeSet<(Monotonic, Key)>,
    /// The latest changes by revision, at most `history`.
    changes: VecDeque<(Revision, Change)>,
    history: usize,
    /// The revision of the latest change that is no longer kept.
    forgotten: Revision,
    /// Over all buckets of the store; written under this bucket's lock, so it rises within the bucket.
    last_revision: Arc<AtomicU64>,
    /// The time of this turn.
    now: Monotonic,
    has_changed: bool,
}

struct Stored {
    value: Bytes,
    revision: Revision,
    expires: Option<Monotonic>,
}

impl SharedBucket {
    pub(super) fn new(clock: Arc<dyn Clock>, last_revision: Arc<AtomicU64>, history: usize) -> Self {
        let state = BucketState {
            values: BTreeMap::new(),
            expiring: BTreeSet::new(),
            changes: VecDeque::new(),
            history,
            forgotten: Revision(0),
            last_revision,
            now: clock.now(),
            has_changed: false,
        };
        Self { clock, state: Mutex::new(state), changed: Arc::default() }
    }

    /// Runs `turn` on the bucket as it is now, without what has expired, and tells watchers if something changed.
    pub(super) fn with<T>(&self, turn: impl FnOnce(&mut BucketState) -> T) -> T {
        let (answer, has_changed) = {
            let mut state = self.state.lock();
            state.now = self.clock.now();
            state.expire();
            let answer = turn(&mut state);
            (answer, std::mem::take(&mut state.has_changed))
        };
        if has_changed {
            self.changed.notify();
        }
        answer
    }
}

impl BucketState {
    pub(super) fn entry(&self, key: &Key) -> Option<Entry> {
        let stored = self.values.get(key)?;
        Some(Entry { key: key.clone(), value: stored.value.clone(), revision: stored.revision })
    }

    /// The entries of a range by key.
    pub(super) fn entries(&self, range: &KeyRange) -> Vec<Entry> {
        let (start, end) = range.bounds();
        if let (Bound::Included(start), Bound::Excluded(end)) = (start, end)
            && start >= end
        {
            // A map panics on bounds that cross.
            return Vec::new();
        }
        self.values
            .range::<str, _>((start, end))
            .map(|(key, stored)| Entry { key: key.clone(), value: stored.value.clone(), revision: stored.revision })
            .collect()
    }

    /// The latest revision that was given out.
    pub(super) fn revision(&self) -> Revision {
        Revision(self.last_revision.load(Ordering::Acquire))
    }

    pub(super) fn next_expiry(&self) -> Option<Monotonic> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// The changes after `seen`, at most `most`; `None` where some of them are no longer kept.
    pub(super) fn changes_after(&self, seen: Revision, most: usize) -> Option<Vec<(Revision, Change)>> {
        if seen < self.forgotten {
            return None;
        }
        let start = self.changes.partition_point(|(revision, _)| *revision <= seen);
        Some(self.changes.iter().skip(start).take(most).cloned().collect())
    }

    /// Judges every condition, then writes everything.
    pub(super) fn commit(&mut self, writes: Vec<Write>) -> Result<Vec<Revision>> {
        for write in &writes {
            self.judge(write)?;
        }
        Ok(writes.into_iter().map(|write| self.apply(write)).collect())
    }

    fn judge(&self, write: &Write) -> Result<()> {
        let standing = |key: &Key| self.values.get(key).map(|stored| stored.revision);
        let (key, expected) = match &write.condition {
            Condition::Any => return Ok(()),
            Condition::Absent => (&write.key, None),
            Condition::At(revision) => (&write.key, Some(*revision)),
            Condition::Fenced { by, at } => (by, Some(*at)),
        };
        let found = standing(key);
        if found == expected {
            return Ok(());
        }
        let say = |revision: Option<Revision>| revision.map_or("no value".to_owned(), |r| format!("revision {}", r.0));
        let what = format!("key `{key}` has {}, expected {}", say(found), say(expected));
        Err(Error::new(Code::Conflict, what))
    }

    fn apply(&mut self, write: Write) -> Revision {
        let revision = self.next_revision();
        let Write { key, value, ttl, .. } = write;
        match value {
            Some(value) => {
                let expires = ttl.map(|ttl| self.now + ttl.as_duration());
                self.remove(&key);
                if let Some(at) = expires {
                    self.expiring.insert((at, key.clone()));
                    // Watchers that sleep have a new time to wake at, which the change below tells them.
                }
                self.values.insert(key.clone(), Stored { value: value.clone(), revision, expires });
                self.record(revision, Change::Put(Entry { key, value, revision }));
            }
            // Nothing was there: nothing changes, and nobody is told.
            None if !self.remove(&key) => {}
            None => self.record(revision, Change::Removed { key, revision, cause: Removal::Deleted }),
        }
        revision
    }

    /// Takes out what has expired by now, in the order in which it did.
    fn expire(&mut self) {
        while let Some((at, key)) = self.expiring.pop_first() {
            if at > self.now {
                self.expiring.insert((at, key));
                return;
            }
            self.values.remove(&key);
            let revision = self.next_revision();
            self.record(revision, Change::Removed { key, revision, cause: Removal::Expired });
        }
    }

    fn remove(&mut self, key: &Key) -> bool {
        let Some(stored) = self.values.remove(key) else { return false };
        if let Some(at) = stored.expires {
            self.expiring.remove(&(at, key.clone()));
        }
        true
    }

    fn next_revision(&mut self) -> Revision {
        Revision(self.last_revision.fetch_add(1, Ordering::AcqRel) + 1)
    }

    fn record(&mut self, revision: Revision, change: Change) {
        self.has_changed = true;
        self.changes.push_back((revision, change));
        while self.changes.len() > self.history {
            if let Some((revision, _)) = self.changes.pop_front() {
                self.forgotten = revision;
            }
        }
    }
}
