//! What stands in a range at one moment: for scans, and for the beginning of watches.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::storage::{Entry, Key, KeyRange, Revision};

use super::bucket::OpenBucket;
use super::pull::{Pulled, Puller, Start};
use super::stored::{Kind, Stored};
use crate::failure::Trouble;
use crate::names::key_of;

/// How long to wait for a server that lags.
const PAUSE: Duration = Duration::from_millis(5);

/// The values of a range, and up to where they take in what happened.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) entries: BTreeMap<Key, Entry>,
    /// Every change up to this sequence is in it, and no later one.
    pub(super) upto: u64,
}

/// How often a snapshot is tried: its consumer lives on one server, which may end or move it.
const TRIES: usize = 3;

/// Reads what stands in `range`: everything that was acknowledged before this call, or what came of it later.
pub(super) async fn snapshot(bucket: &Arc<OpenBucket>, range: &KeyRange) -> Result<Snapshot, Trouble> {
    let mut tries = 1;
    loop {
        match try_snapshot(bucket, range).await {
            Err(Trouble::Lost(_) | Trouble::NoResponders) if tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

/// A consumer delivers the last message of every key and goes on with what is written meanwhile, until it has no more.
/// Two things are to be made sure of. That it has reached what was acknowledged before: a mark in the stream shows it.
/// And that no key is missing: the last message of a key that is written meanwhile may be dropped before it is delivered,
/// and the newer one comes later than the server says that there is no more. So unless nothing was written meanwhile the
/// stream is asked which keys it has, and the consumer is followed until each of them came.
async fn try_snapshot(bucket: &Arc<OpenBucket>, range: &KeyRange) -> Result<Snapshot, Trouble> {
    let frontier = bucket.frontier().await?;
    let filter = filter(&bucket.prefix, range);
    let mut filters = vec![filter.clone()];
    filters.extend(frontier.barrier);
    let mut puller = Puller::new(bucket, Start::LastOf(filters)).await?;
    let mut taken = Taken::default();
    let clock = bucket.connection.clock();
    let until = clock.now() + bucket.connection.settings().answer_timeout;
    loop {
        match puller.next_now().await? {
            Pulled::Message { stored, .. } => {
                bucket.meet(stored.seq);
                if stored.kind == Kind::Value {
                    bucket.values.insert(stored.seq);
                }
                taken.take(&bucket.prefix, range, stored);
                continue;
            }
            Pulled::Heartbeat => continue,
            Pulled::Nothing => {}
        }
        let has_reached = bucket.is_alone || taken.reached >= frontier.seq;
        if has_reached && (bucket.last_sequence().await? == frontier.seq || taken.has(&bucket.keys(&filter).await?)) {
            return Ok(Snapshot { entries: taken.entries, upto: taken.reached.max(frontier.seq) });
        }
        if clock.now() >= until {
            return Err(Trouble::Lost("the server that was asked lags behind".to_owned()));
        }
        clock.sleep(PAUSE).await;
    }
}

/// What a consumer has delivered.
#[derive(Debug, Default)]
struct Taken {
    entries: BTreeMap<Key, Entry>,
    /// The subjects that came, also those whose values went.
    subjects: HashSet<String>,
    /// The highest sequence that came.
    reached: u64,
}

impl Taken {
    fn take(&mut self, prefix: &str, range: &KeyRange, stored: Stored) {
        self.reached = self.reached.max(stored.seq);
        if let Some(key) = key_of(prefix, &stored.subject).filter(|key| range.contains(key.as_str())) {
            if stored.kind == Kind::Value {
                let entry = Entry { key: key.clone(), value: stored.value, revision: Revision(stored.seq) };
                self.entries.insert(key, entry);
            } else {
                self.entries.remove(&key);
            }
        }
        self.subjects.insert(stored.subject);
    }

    fn has(&self, subjects: &[String]) -> bool {
        subjects.iter().all(|subject| self.subjects.contains(subject))
    }
}

/// The narrowest filter that picks every key of a range: subjects can only be picked by whole parts.
fn filter(prefix: &str, range: &KeyRange) -> String {
    let parts = match range.bounds() {
        (Bound::Included(start), Bound::Excluded(end))
            if KeyRange::prefix(start).bounds().1 == Bound::Excluded(end) =>
        {
            start.rfind('.').and_then(|dot| start.get(..=dot)).unwrap_or_default()
        }
        _ => "",
    };
    // What is no part of a key would be no part of a subject either.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_=.".contains(&byte);
    if parts.bytes().all(fits) && !parts.starts_with('.') && !parts.contains("..") {
        format!("{prefix}{parts}>")
    } else {
        format!("{prefix}>")
    }
}

#[cfg(test)]
mod tests;
