//! The cache as a `KeyValue`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{
    Bucket, Change, Condition, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, Ttl, WatchFrom, Write,
};
use foundation_core::{Result, Spawner};
use futures_channel::oneshot;
use futures_util::StreamExt as _;
use futures_util::future::select;
use parking_lot::Mutex;

use crate::bucket::{BucketState, Phase};
use crate::entries::{Begun, Entries, Incoming, Life, Place};
use crate::follow::{follow, seen};

/// How a cache is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// About how many bytes of keys and values are held at most; the default is 64 MiB.
    pub bytes: u64,
    /// Buckets that are not cached at all: those whose values others write with a time to live. None by default.
    pub except: BTreeSet<Bucket>,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { bytes: 64 * 1024 * 1024, except: BTreeSet::new() }
    }
}

/// A [`KeyValue`] that answers local reads from memory.
///
/// # Guarantees, beyond those of the port
/// - A local read sees what this instance has written, and never an older revision of a key than one that this
///   instance had shown when the read began, by whatever method.
/// - It lags behind the writes of others by as much as the store's watch does. While the watch of a bucket is down
///   nothing of that bucket is served: local reads go to the store, and are strict there.
/// - A strict read goes past the cache, and what it finds goes in.
/// - Limits, conditions, scans and watches are the store's own.
///
/// # Time to live
/// A value that this instance wrote with a time to live is not served after it. What others wrote does not tell how
/// long it lives; once a value of a bucket is known to expire, by a write through this instance or by the watch, only
/// values that this instance wrote are served from that bucket. The one value that expires first, written by somebody
/// else, may be served until the watch tells, which may take a second: name such buckets in
/// [`CacheSettings::except`].
///
/// Each bucket in use has one watch, which reads the bucket once when it comes up. The tasks that follow them end with
/// the cache.
pub struct CachedKeyValue {
    store: Arc<dyn KeyValue>,
    clock: Arc<dyn Clock>,
    spawner: Spawner,
    except: BTreeSet<Bucket>,
    entries: Arc<Entries>,
    buckets: Mutex<HashMap<Bucket, Followed>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A bucket in use.
struct Followed {
    state: Arc<BucketState>,
    /// Dropped with the cache, which ends the task.
    _alive: oneshot::Sender<()>,
}

/// A write, remembered until it is answered.
struct Sent {
    place: Place,
    value: Option<Bytes>,
    ttl: Option<Ttl>,
}

impl CachedKeyValue {
    /// A cache in front of `store`. `clock` is the one that the store's values expire by, or runs as fast.
    #[must_use]
    pub fn new(store: Arc<dyn KeyValue>, clock: Arc<dyn Clock>, spawner: Spawner, settings: CacheSettings) -> Self {
        let CacheSettings { bytes, except } = settings;
        Self {
            store,
            clock,
            spawner,
            except,
            entries: Arc::new(Entries::new(bytes)),
            buckets: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// How many local reads were answered from memory.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How many local reads of cached buckets had to ask the store.
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// About how many bytes are held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entries.bytes()
    }

    /// What is known of a bucket, and `None` where it is not cached. The first call begins to follow it.
    fn bucket(&self, bucket: &Bucket) -> Option<Arc<BucketState>> {
        if self.except.contains(bucket) {
            return None;
        }
        let mut buckets = self.buckets.lock();
        if let Some(followed) = buckets.get(bucket) {
            return Some(Arc::clone(&followed.state));
        }
        let state = Arc::new(BucketState::default());
        let (alive, ended) = oneshot::channel();
        let work = follow(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::downgrade(&self.entries),
            bucket.clone(),
            Arc::clone(&state),
        );
        buckets.insert(bucket.clone(), Followed { state: Arc::clone(&state), _alive: alive });
        drop(buckets);
        self.spawner.spawn("cache watch", async move {
            let work = std::pin::pin!(work);
            drop(select(work, ended).await);
        });
        Some(state)
    }

    /// Takes in what a commit has written.
    fn committed(&self, state: &BucketState, phase: Phase, sent: Vec<(Sent, Life)>, revisions: &[Revision]) {
        for ((Sent { place, value, ttl }, life), revision) in sent.into_iter().zip(revisions) {
            if ttl.is_some() {
                state.note_expiring();
            }
            // For the reads that are under way, and for what is cached; then the value itself.
            self.entries.changed(&place, *revision, value.as_ref(), phase);
            if let Some(value) = value
                && phase.is_up()
            {
                self.entries.put(&place, Incoming { value, revision: *revision, life, phase });
            }
        }
    }
}

impl std::fmt::Debug for CachedKeyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedKeyValue")
            .field("store", &self.store)
            .field("hits", &self.hits())
            .field("misses", &self.misses())
            .finish_non_exhaustive()
    }
}

/// Throws out what a commit may have changed, unless it was answered: also when its future is dropped.
struct InDoubt<'a> {
    begun: &'a Begun,
    is_settled: bool,
}

impl Drop for InDoubt<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.begun.forget_all();
        }
    }
}

#[async_trait]
impl KeyValue for CachedKeyValue {
    fn limits(&self) -> KeyValueLimits {
        self.store.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        let Some(state) = self.bucket(bucket) else { return self.store.get(bucket, key, read).await };
        let place = (bucket.clone(), key.clone());
        if read == Read::Local {
            if let Some(entry) = self.entries.serve(&place, &state, self.clock.now()) {
                self.hits.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(entry));
            }
            self.misses.fetch_add(1, Ordering::Relaxed);
        }
        let phase = state.phase();
        let _begun = self.entries.begin(vec![place.clone()]);
        // Strict in any case: the store's own local read may lag behind what this instance has shown already.
        let found = self.store.get(bucket, key, Read::Strict).await?;
        match &found {
            None => self.entries.forget(&place),
            Some(entry) if phase.is_up() && !state.holds_expiring() => {
                let Entry { value, revision, .. } = entry.clone();
                self.entries.put(&place, Incoming { value, revision, life: Life::Unknown, phase });
            }
            Some(entry) => self.entries.changed(&place, entry.revision, Some(&entry.value), phase),
        }
        Ok(found)
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        let Some(state) = self.bucket(bucket) else { return self.store.commit(bucket, writes).await };
        let now = self.clock.now();
        let sent: Vec<(Sent, Life)> = writes
            .iter()
            .map(|write| {
                let life = write.ttl.map_or(Life::Endless, |ttl| Life::Until(now + ttl.as_duration()));
                let place = (bucket.clone(), write.key.clone());
                (Sent { place, value: write.value.clone(), ttl: write.ttl }, life)
            })
            .collect();
        // A conflict says that what is cached of these keys may be old, and of the fences as well.
        let fences = writes.iter().filter_map(|write| match &write.condition {
            Condition::Fenced { by, .. } => Some((bucket.clone(), by.clone())),
            Condition::Any | Condition::Absent | Condition::At(_) => None,
        });
        let begun = self.entries.begin(sent.iter().map(|(sent, _)| sent.place.clone()).chain(fences).collect());
        let mut in_doubt = InDoubt { begun: &begun, is_settled: false };
        let phase = state.phase();
        let revisions = self.store.commit(bucket, writes).await?;
        self.committed(&state, phase, sent, &revisions);
        in_doubt.is_settled = true;
        Ok(revisions)
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        let entries = self.store.scan(bucket, range, read).await?;
        let Some(state) = self.bucket(bucket) else { return Ok(entries) };
        let (cached, bucket) = (Arc::clone(&self.entries), bucket.clone());
        let take_in = move |entry: &Result<Entry>| {
            if let Ok(entry) = entry {
                let place = (bucket.clone(), entry.key.clone());
                cached.changed(&place, entry.revision, Some(&entry.value), state.phase());
            }
        };
        Ok(entries.inspect(take_in).boxed())
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        let changes = self.store.watch(bucket, range, from).await?;
        let Some(state) = self.bucket(bucket) else { return Ok(changes) };
        let (cached, bucket) = (Arc::clone(&self.entries), bucket.clone());
        Ok(changes.inspect(move |change| seen(&cached, &bucket, &state, change)).boxed())
    }
}
