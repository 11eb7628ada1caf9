//! The task that follows a bucket's watch.

use std::sync::{Arc, Weak};
use std::time::Duration;

use foundation_core::Result;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{Bucket, Change, KeyRange, KeyValue, Removal, WatchFrom};
use futures_util::StreamExt as _;

use crate::bucket::BucketState;
use crate::entries::Entries;

/// The first pause after a watch broke; doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Follows `bucket` until it is dropped or the cache is gone.
pub(crate) async fn follow(
    store: Arc<dyn KeyValue>,
    clock: Arc<dyn Clock>,
    entries: Weak<Entries>,
    bucket: Bucket,
    state: Arc<BucketState>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Ok(mut changes) = store.watch(&bucket, KeyRange::all(), WatchFrom::Snapshot).await {
            while let Some(Ok(change)) = changes.next().await {
                let Some(entries) = entries.upgrade() else { return };
                if matches!(change, Change::Current(_)) {
                    pause = FIRST_PAUSE;
                }
                take(&entries, &bucket, &state, change);
            }
        }
        state.watch_is_down();
        clock.sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn take(entries: &Entries, bucket: &Bucket, state: &BucketState, change: Change) {
    match change {
        Change::Compacted => state.watch_is_down(),
        // Not before: a snapshot does not tell which keys have gone.
        Change::Current(_) => state.watch_is_up(),
        change => see(entries, bucket, state, &change),
    }
}

/// Takes in a change that anybody's watch has told.
pub(crate) fn see(entries: &Entries, bucket: &Bucket, state: &BucketState, change: &Change) {
    let phase = state.phase();
    match change {
        Change::Compacted | Change::Current(_) => {}
        Change::Put(entry) => {
            entries.changed(&(bucket.clone(), entry.key.clone()), entry.revision, Some(&entry.value), phase);
        }
        Change::Removed { key, revision, cause } => {
            if *cause == Removal::Expired {
                state.note_expiring();
            }
            entries.changed(&(bucket.clone(), key.clone()), *revision, None, phase);
        }
    }
}

/// Takes in what anybody's watch tells, on its way.
pub(crate) fn seen(entries: &Entries, bucket: &Bucket, state: &BucketState, change: &Result<Change>) {
    if let Ok(change) = change {
        see(entries, bucket, state, change);
    }
}
