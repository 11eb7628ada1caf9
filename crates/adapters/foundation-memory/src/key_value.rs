//! Buckets of bytes in memory.

mod bucket;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use futures_util::StreamExt as _;
use futures_util::stream;
use parking_lot::Mutex;

use bucket::SharedBucket;

/// How many changes of a bucket are kept for watchers, unless told otherwise.
const HISTORY: usize = 4_096;

/// A [`KeyValue`] in process memory: what is acknowledged survives as long as a clone of it does.
///
/// Reads are always strict. Revisions rise over all buckets together. Limits are those of the floor, so that what
/// works here works on every adapter. Time to live is exact to the clock. Clones share the buckets.
#[derive(Clone)]
pub struct MemoryKeyValue {
    clock: Arc<dyn Clock>,
    buckets: Arc<Mutex<HashMap<Bucket, Arc<SharedBucket>>>>,
    last_revision: Arc<AtomicU64>,
    limits: KeyValueLimits,
    history: usize,
}

impl MemoryKeyValue {
    /// An empty store, whose values expire by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            buckets: Arc::default(),
            last_revision: Arc::default(),
            limits: KeyValueLimits::FLOOR,
            history: HISTORY,
        }
    }

    /// Keeps the latest `changes` of each bucket for watchers; the default is 4,096. A watcher that falls behind them
    /// is told [`Change::Compacted`]. Applies to buckets that are not in use yet.
    #[must_use]
    pub fn with_history(mut self, changes: usize) -> Self {
        self.history = changes;
        self
    }

    /// Takes more than the floor. Where `limits` are lower, the floor holds.
    #[must_use]
    pub fn with_limits(mut self, limits: KeyValueLimits) -> Self {
        let floor = KeyValueLimits::FLOOR;
        self.limits = KeyValueLimits {
            value_bytes: limits.value_bytes.max(floor.value_bytes),
            batch_writes: limits.batch_writes.max(floor.batch_writes),
            batch_bytes: limits.batch_bytes.max(floor.batch_bytes),
        };
        self
    }

    fn bucket(&self, name: &Bucket) -> Arc<SharedBucket> {
        let mut buckets = self.buckets.lock();
        match buckets.get(name) {
            Some(bucket) => Arc::clone(bucket),
            None => {
                let bucket = SharedBucket::new(Arc::clone(&self.clock), Arc::clone(&self.last_revision), self.history);
                let bucket = Arc::new(bucket);
                buckets.insert(name.clone(), Arc::clone(&bucket));
                bucket
            }
        }
    }
}

impl fmt::Debug for MemoryKeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeyValue").field("buckets", &self.buckets.lock().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyValue for MemoryKeyValue {
    fn limits(&self) -> KeyValueLimits {
        self.limits
    }

    async fn get(&self, bucket: &Bucket, key: &Key, _read: Read) -> Result<Option<Entry>> {
        Ok(self.bucket(bucket).with(|state| state.entry(key)))
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.limits.check(bucket, &writes)?;
        self.bucket(bucket)
            .with(|state| state.commit(writes))
            .map_err(|error| error.during(format_args!("write to bucket `{bucket}`")))
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, _read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        let entries = self.bucket(bucket).with(|state| state.entries(&range));
        Ok(stream::iter(entries.into_iter().map(Ok)).boxed())
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        Ok(watch::watch(self.bucket(bucket), Arc::clone(&self.clock), range, from))
    }
}
