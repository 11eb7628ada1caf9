//! The one thread that writes key-value rows: judges conditions, writes a group as one batch, syncs, publishes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use foundation_core::port::clock::{Clock, WallTime};
use foundation_core::port::storage::{Bucket, Condition, Key, Removal, Revision, Write};
use foundation_core::{Code, Error, Result};

use super::record::{Record, SUMS_KEY, Sums, row_key};
use super::shared::{Reply, Request, Shared};
use super::state::{Applied, State};
use crate::anchor::{Anchor, KeyValueHead};
use crate::engine::Engine;

/// How many revisions are reserved ahead in the anchor: a rebuilt folder goes on above all of them.
const RESERVED: u64 = 4_096;

/// More revisions than two reservations can lie apart: one group, and what is reserved behind it.
pub(super) const RESERVATION_STEP: u64 = 1 << 20;

/// The most expired values that one commit removes.
const SWEPT: usize = 256;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) engine: Arc<Engine>,
    pub(super) anchor: Anchor<KeyValueHead>,
    pub(super) sums: Sums,
    pub(super) gather: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

/// A commit that is being made.
struct Draft {
    /// Rows as they will be, over those that are published.
    staged: HashMap<(Bucket, Key), Option<Record>>,
    applied: Vec<Applied>,
    sums: Sums,
    replies: Vec<Reply>,
}

impl Draft {
    fn record<'a>(&'a self, state: &'a State, bucket: &Bucket, key: &Key) -> Option<&'a Record> {
        match self.staged.get(&(bucket.clone(), key.clone())) {
            Some(staged) => staged.as_ref(),
            None => state.stored(bucket, key).map(|stored| &stored.record),
        }
    }

    /// The revision of a key that has a value now.
    fn revision(&self, state: &State, bucket: &Bucket, key: &Key, now: WallTime) -> Option<u64> {
        self.record(state, bucket, key)
            .filter(|record| record.expires.is_none_or(|expires| now.0 < expires))
            .map(|record| record.revision)
    }

    /// Replaces or removes a row; a row that is not there and does not come changes nothing.
    fn set(&mut self, state: &State, bucket: &Bucket, key: &Key, revision: u64, now: Result<Record, Removal>) {
        let row = row_key(bucket, key);
        let before = self.record(state, bucket, key).map(|record| record.checksum(&row));
        if before.is_none() && now.is_err() {
            return;
        }
        if let Some(checksum) = before {
            self.sums.remove(&checksum);
        }
        if let Ok(record) = &now {
            self.sums.add(&record.checksum(&row));
        }
        self.staged.insert((bucket.clone(), key.clone()), now.as_ref().ok().cloned());
        self.applied.push(Applied { bucket: bucket.clone(), key: key.clone(), revision, now });
    }
}

impl Writer {
    pub(super) fn run(mut self) {
        let mut expected = 1;
        while let Some(group) = self.shared.requests.take_group(expected, self.gather) {
            expected = group.len();
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Request>) {
        let mut draft = Draft { staged: HashMap::new(), applied: Vec::new(), sums: self.sums, replies: Vec::new() };
        if let Some(told) = self.shared.stopped() {
            group.into_iter().for_each(|request| request.fail(told));
            return;
        }
        self.fill(&mut draft, group);
        let shared = Arc::clone(&self.shared);
        *shared.replies.lock() = std::mem::take(&mut draft.replies);
        match shared.progress.commit(|| self.persist(&draft)) {
            Ok(()) => {
                self.sums = draft.sums;
                shared.given.store(self.sums.revision, Ordering::Release);
                let woken = shared.state.write().apply(draft.applied);
                for (caller, answer) in std::mem::take(&mut *shared.replies.lock()) {
                    // The caller may be gone, as may a watch below.
                    let _ = caller.send(answer);
                }
                for watch in woken {
                    let _ = watch.send(());
                }
            }
            Err(error) => self.stop(error),
        }
    }

    fn fill(&self, draft: &mut Draft, group: Vec<Request>) {
        let state = self.shared.state.read();
        let now = self.clock.wall();
        for (bucket, key) in state.over(now, SWEPT) {
            draft.sums.revision += 1;
            let revision = draft.sums.revision;
            draft.set(&state, &bucket, &key, revision, Err(Removal::Expired));
        }
        for request in group {
            let Request::Commit { bucket, writes, reply } = request else { continue };
            let refused = writes.iter().find_map(|write| judge(draft, &state, &bucket, write, now));
            let answer = match refused {
                Some(error) => Err(error),
                None => Ok(writes.into_iter().map(|write| put(draft, &state, &bucket, write, now)).collect()),
            };
            draft.replies.push((reply, answer));
        }
    }

    /// Makes the draft durable: rows first, then the anchor that names the revision.
    fn persist(&mut self, draft: &Draft) -> Result<()> {
        let revision = draft.sums.revision;
        let head = self.anchor.head();
        if revision > head.reserved {
            self.anchor.advance(KeyValueHead { reserved: revision + RESERVED, ..head })?;
        }
        // A delete of what is not there has a revision and changes nothing.
        if draft.applied.is_empty() {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for ((bucket, key), record) in &draft.staged {
            let row = row_key(bucket, key);
            match record {
                Some(record) => batch.insert(row.as_slice(), record.encode(&row).0),
                None => batch.remove(row),
            }
        }
        batch.insert(SUMS_KEY, draft.sums.encode());
        self.engine.apply(batch)?;
        self.engine.sync()?;
        self.anchor.advance(KeyValueHead { revision, ..self.anchor.head() })
    }

    fn stop(&mut self, error: Error) {
        let error = match error.code() {
            Code::ResourceExhausted => {
                error.advise("free some space, then close the store and open it again; reads go on until then")
            }
            _ => error.advise("close the store and open it again; reads go on until then"),
        };
        let error = error.during("the key-value store stopped after a write that failed");
        self.shared.stop(&error);
        self.shared.fail_replies();
    }
}

/// Why a write's condition does not hold.
fn judge(draft: &Draft, state: &State, bucket: &Bucket, write: &Write, now: WallTime) -> Option<Error> {
    let (looked_at, wanted) = match &write.condition {
        Condition::Any => return None,
        Condition::Absent => (&write.key, None),
        Condition::At(revision) => (&write.key, Some(revision.0)),
        Condition::Fenced { by, at } => (by, Some(at.0)),
    };
    let found = draft.revision(state, bucket, looked_at, now);
    if found == wanted {
        return None;
    }
    let tell =
        |revision: Option<u64>| revision.map_or_else(|| "no value".to_owned(), |found| format!("revision {found}"));
    Some(Error::new(
        Code::Conflict,
        format!(
            "write key `{}` of bucket `{bucket}`: key `{looked_at}` has {}, expected {}",
            write.key,
            tell(found),
            tell(wanted)
        ),
    ))
}

fn put(draft: &mut Draft, state: &State, bucket: &Bucket, write: Write, now: WallTime) -> Revision {
    draft.sums.revision += 1;
    let revision = draft.sums.revision;
    let record = match write.value {
        Some(value) => {
            let expires = write.ttl.map(|ttl| now.saturating_add(ttl.as_duration()).0);
            Ok(Record { value, revision, expires })
        }
        None => Err(Removal::Deleted),
    };
    draft.set(state, bucket, &write.key, revision, record);
    Revision(revision)
}
