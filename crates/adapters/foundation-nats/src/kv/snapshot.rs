//! What stands in a range at one moment: for scans, and for the beginning of watches.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::storage::{Entry, Key, KeyRange, Revision};

use super::bucket::OpenBucket;
use super::pull::{Pulled, Puller, Start};
use super::stored::Kind;
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

/// A consumer delivers the last message of every key and goes on with what is written meanwhile; where it has no more,
/// nothing is missing up to there. That it has reached what was acknowledged before is known from a mark in the stream.
async fn try_snapshot(bucket: &Arc<OpenBucket>, range: &KeyRange) -> Result<Snapshot, Trouble> {
    let frontier = bucket.frontier().await?;
    let mut filters = vec![filter(&bucket.prefix, range)];
    filters.extend(frontier.barrier);
    let mut puller = Puller::new(bucket, Start::LastOf(filters)).await?;
    let mut entries = BTreeMap::new();
    let mut reached = 0;
    let clock = bucket.connection.clock();
    let until = clock.now() + bucket.connection.settings().answer_timeout;
    loop {
        match puller.next_now().await? {
            Pulled::Message { stored, .. } => {
                reached = reached.max(stored.seq);
                bucket.meet(stored.seq);
                let Some(key) = key_of(&bucket.prefix, &stored.subject) else { continue };
                if !range.contains(key.as_str()) {
                    continue;
                }
                if stored.kind == Kind::Value {
                    bucket.values.insert(stored.seq);
                    let entry = Entry { key: key.clone(), value: stored.value, revision: Revision(stored.seq) };
                    entries.insert(key, entry);
                } else {
                    entries.remove(&key);
                }
            }
            Pulled::Heartbeat => {}
            Pulled::Nothing if bucket.is_alone || reached >= frontier.seq => {
                return Ok(Snapshot { entries, upto: reached.max(frontier.seq) });
            }
            // The server that has the consumer lags behind a majority.
            Pulled::Nothing if clock.now() < until => clock.sleep(PAUSE).await,
            Pulled::Nothing => return Err(Trouble::Lost("the server that was asked lags behind".to_owned())),
        }
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
