//! Buckets of bytes by key, with conditional writes, time to live and watches.

use std::fmt;
use std::ops::{Bound, RangeBounds};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::super::BoxStream;
use super::super::name::{check, check_dotted, name_type};
use crate::error::Result;

name_type! {
    /// The name of a bucket: letters, digits, `_` and `-`, at most 64 bytes.
    Bucket, "bucket name", 64, "_-", check
}

name_type! {
    /// A key: parts between dots, of letters, digits and `-/_=`, at most 255 bytes.
    ///
    /// Keys are ordered by their bytes.
    Key, "key", 255, "-/_=.", check_dotted
}

/// The version of a key's value.
///
/// Rises with every write to the bucket and never goes back, not even over a rebuild or an import, so it serves as
/// a fencing token. Not dense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// How long a value lives: whole seconds, at least one, which is the grain of the coarsest engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(u32);

impl Ttl {
    /// That many seconds, at least one.
    #[must_use]
    pub fn seconds(seconds: u32) -> Self {
        Self(seconds.max(1))
    }

    /// The time to live in seconds.
    #[must_use]
    pub fn as_seconds(self) -> u32 {
        self.0
    }

    /// The time to live as a duration.
    #[must_use]
    pub fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.0))
    }
}

/// How fresh a read has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Read {
    /// Sees every write that was acknowledged before the read began, by anybody.
    Strict,
    /// May lag behind others' writes; sees one's own through the same instance. Faster where it matters.
    Local,
}

/// A value and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key it stands under.
    pub key: Key,
    /// The value.
    pub value: Bytes,
    /// The version of this value.
    pub revision: Revision,
}

/// What has to hold for a write to take effect. At most one condition a write; who needs more writes to a key that
/// stands for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Any,
    /// The key has no value: never written, deleted or expired.
    Absent,
    /// The key's value has this revision.
    At(Revision),
    /// Another key's value, in the same bucket, has this revision: fencing by an owner's record.
    Fenced {
        /// The key that is looked at.
        by: Key,
        /// The revision it must have.
        at: Revision,
    },
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key that is written.
    pub key: Key,
    /// The new value, or `None` to delete.
    pub value: Option<Bytes>,
    /// What has to hold.
    pub condition: Condition,
    /// How long the value lives; `None` for ever. Every write sets it anew. Ignored by a delete.
    pub ttl: Option<Ttl>,
}

impl Write {
    /// Puts a value, without condition, for ever.
    #[must_use]
    pub fn put(key: Key, value: impl Into<Bytes>) -> Self {
        Self { key, value: Some(value.into()), condition: Condition::Any, ttl: None }
    }

    /// Deletes a key, without condition. Deleting what is not there is no error.
    #[must_use]
    pub fn delete(key: Key) -> Self {
        Self { key, value: None, condition: Condition::Any, ttl: None }
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Adds a time to live.
    #[must_use]
    pub fn expiring(mut self, ttl: Ttl) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

/// Keys that lie between two bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    start: Bound<String>,
    end: Bound<String>,
}

impl KeyRange {
    /// Every key.
    #[must_use]
    pub fn all() -> Self {
        Self { start: Bound::Unbounded, end: Bound::Unbounded }
    }

    /// The keys that begin with `prefix`, which need not be a whole key.
    #[must_use]
    pub fn prefix(prefix: impl Into<String>) -> Self {
        let start = prefix.into();
        let mut end = start.clone().into_bytes();
        // The next string after all that begin with the prefix: its last byte, one higher. Keys are ASCII, so the
        // byte never overflows; an empty prefix has no last byte and no end.
        let end = match end.last_mut() {
            Some(last) if *last < 0x7f => {
                *last += 1;
                String::from_utf8(end).map_or(Bound::Unbounded, Bound::Excluded)
            }
            _ => Bound::Unbounded,
        };
        Self { start: Bound::Included(start), end }
    }

    /// The keys from `start` up to and without `end`, neither of which has to exist or to be a whole key.
    #[must_use]
    pub fn between(start: impl Into<String>, end: impl Into<String>) -> Self {
        Self { start: Bound::Included(start.into()), end: Bound::Excluded(end.into()) }
    }

    /// The bounds, for an adapter that asks an ordered map.
    #[must_use]
    pub fn bounds(&self) -> (Bound<&str>, Bound<&str>) {
        (self.start.as_ref().map(String::as_str), self.end.as_ref().map(String::as_str))
    }

    /// Whether `key` lies inside.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        <(Bound<&str>, Bound<&str>) as RangeBounds<str>>::contains(&self.bounds(), key)
    }
}

/// Where a watch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchFrom {
    /// With every value that stands now, then [`Change::Current`], then what changes.
    Snapshot,
    /// With the changes after this revision. `Revision(0)` asks for every change that was ever made.
    After(Revision),
}

/// Why a value went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Removal {
    /// Somebody deleted it.
    Deleted,
    /// Its time to live was over.
    Expired,
}

/// What a watch tells, in the order of revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Changes were missed: they are no longer kept, or the watcher was too slow. Forget what was built from
    /// earlier changes; a snapshot follows, and [`Change::Current`] ends it.
    Compacted,
    /// A key has a value.
    Put(Entry),
    /// A key has no value any more.
    Removed {
        /// The key.
        key: Key,
        /// The revision of the removal.
        revision: Revision,
        /// Why.
        cause: Removal,
    },
    /// The snapshot is complete; what follows has later revisions than this one.
    Current(Revision),
}

/// What one adapter can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValueLimits {
    /// The largest value in bytes.
    pub value_bytes: usize,
    /// The most writes in a batch.
    pub batch_writes: usize,
    /// The most bytes in a batch, keys and values together.
    pub batch_bytes: usize,
}

impl KeyValueLimits {
    /// What every adapter takes; who stays within needs not ask.
    pub const FLOOR: Self = Self { value_bytes: 32 * 1024, batch_writes: 64, batch_bytes: 256 * 1024 };
}

/// Buckets of bytes by key.
///
/// A bucket exists from the first time it is named.
///
/// # Guarantees
/// - **Acknowledged means kept.** A write that answered survives what the adapter says it survives (a durable
///   adapter: the end of its process at any moment).
/// - **Conditional writes are linearizable**: of several that compete for one revision, exactly one succeeds.
/// - **A batch is atomic**: all of it or nothing, in one bucket, and no reader sees a part.
/// - **Revisions rise**: a later write to a bucket has a larger revision than an earlier one, for ever.
/// - **Order of a watch**: every change to a watched key after the starting point once, by revision; or
///   [`Change::Compacted`] and a snapshot instead.
///
/// # Time to live
/// Whole seconds. An expired value is gone for readers and conditions at its time, by the adapter's clock, and never
/// before it; the watch may tell it up to a second later.
///
/// # Errors of all methods
/// - `InvalidInput`: a limit is broken; nothing was written.
/// - `Conflict`: a condition does not hold; nothing was written.
/// - `OutcomeUnknown`: the answer to a write was lost; read back before trying again.
/// - `ResourceExhausted`, `Io`, `Corrupt`, `Timeout`, `ServiceUnavailable`: as their names say; nothing was
///   acknowledged.
///
/// # Cancel safety
/// Dropping the future of a write leaves open whether it took effect. Dropping a read or a stream is harmless.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait KeyValue: Send + Sync + fmt::Debug {
    /// What this adapter can take; at least [`KeyValueLimits::FLOOR`].
    fn limits(&self) -> KeyValueLimits;

    /// Reads a key.
    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>>;

    /// Writes a batch, in the order given, all or nothing; answers a revision for each write.
    ///
    /// Conditions are judged against the state before the batch. A key may appear once, and a batch of nothing is
    /// refused.
    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>>;

    /// Reads the keys of a range, in order, as they stand at one moment or later.
    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>>;

    /// Watches a range. The stream ends only with an error.
    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>>;

    /// Writes one key; answers its revision. The same as a [`commit`](Self::commit) of one.
    async fn write(&self, bucket: &Bucket, write: Write) -> Result<Revision> {
        let revisions = self.commit(bucket, vec![write]).await?;
        revisions.first().copied().ok_or_else(|| {
            crate::error::Error::new(crate::error::Code::Internal, "a commit of one write answered no revision")
        })
    }
}
