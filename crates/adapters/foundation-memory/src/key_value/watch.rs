//! Watches: each remembers the last revision it told and reads on from there, so that a slow one costs nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::port::storage::{Change, KeyRange, Revision, WatchFrom};
use futures_util::StreamExt as _;
use futures_util::future::select;
use futures_util::stream;

use super::bucket::{BucketState, SharedBucket};

/// How many changes a watch takes out of the bucket at a time.
const STEP: usize = 64;

struct Watch {
    bucket: Arc<SharedBucket>,
    clock: Arc<dyn Clock>,
    range: KeyRange,
    /// Everything up to here was told or is in `ready`.
    seen: Revision,
    ready: VecDeque<Change>,
}

pub(super) fn watch(
    bucket: Arc<SharedBucket>,
    clock: Arc<dyn Clock>,
    range: KeyRange,
    from: WatchFrom,
) -> BoxStream<'static, Result<Change>> {
    let mut watch = Watch { bucket: Arc::clone(&bucket), clock, range, seen: Revision(0), ready: VecDeque::new() };
    match from {
        // Taken now and not at the first poll: the caller may rely on what it does next being told as a change.
        WatchFrom::Snapshot => bucket.with(|state| watch.take_snapshot(state)),
        WatchFrom::After(revision) => watch.seen = revision,
    }
    stream::unfold(watch, |mut watch| async move {
        let change = watch.next().await;
        Some((Ok(change), watch))
    })
    .boxed()
}

impl Watch {
    async fn next(&mut self) -> Change {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return change;
            }
            let version = self.bucket.changed.version();
            let bucket = Arc::clone(&self.bucket);
            let (has_more, next_expiry) = bucket.with(|state| self.read_on(state));
            if has_more {
                continue;
            }
            let changed = self.bucket.changed.later_than(version);
            match next_expiry {
                None => changed.await,
                // Nobody else may touch the bucket when the value expires: this watch has to.
                Some(at) => drop(select(changed, self.clock.sleep_until(at)).await),
            }
        }
    }

    /// Takes the next changes; answers whether to look again at once, and until when to wait if not.
    fn read_on(&mut self, state: &BucketState) -> (bool, Option<Monotonic>) {
        match state.changes_after(self.seen, STEP) {
            None => {
                self.ready.push_back(Change::Compacted);
                self.take_snapshot(state);
                (true, None)
            }
            Some(changes) => {
                let has_more = !changes.is_empty();
                for (revision, change) in changes {
                    self.seen = revision;
                    let key = match &change {
                        Change::Put(entry) => &entry.key,
                        Change::Removed { key, .. } => key,
                        Change::Compacted | Change::Current(_) => continue,
                    };
                    if self.range.contains(key.as_str()) {
                        self.ready.push_back(change);
                    }
                }
                (has_more, state.next_expiry())
            }
        }
    }

    fn take_snapshot(&mut self, state: &BucketState) {
        let mut entries = state.entries(&self.range);
        entries.sort_by_key(|entry| entry.revision);
        self.seen = state.revision();
        self.ready.extend(entries.into_iter().map(Change::Put));
        self.ready.push_back(Change::Current(self.seen));
    }
}
