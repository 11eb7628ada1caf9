//! Buckets of bytes by key, each on a JetStream stream of its own.

mod bucket;
mod commit;
mod config;
mod known;
mod plan;
mod pull;
mod read;
mod snapshot;
mod stored;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Error, Result};
use futures_util::{StreamExt as _, stream};

use crate::connection::NatsConnection;
use crate::failure::Trouble;
use bucket::{OpenBucket, Slot};

/// The port [`KeyValue`] on JetStream.
///
/// **Kept** means what the server's acknowledgement means: with one replica, in the server's store; with several, agreed
/// to by a majority and in their stores. Whether a store is synced to disk before it acknowledges is a setting of the
/// server (`sync_interval: always`; its default is to sync every two minutes, which survives the end of a server and not
/// the loss of power).
///
/// A **strict** read costs one question with one replica, and a question and an agreement with several. A **local** read
/// may be answered by any server that has the bucket. A commit of one write is one publish; one of several is an atomic
/// batch, which a stream with one replica stages on disk.
///
/// **Time to live** runs on the server, and ends up to some 100 ms late. While a cluster has no majority nothing expires.
///
/// A **watch** that lags, or comes back, is told every change as long as they are kept: the latest
/// [`history`](crate::NatsSettings::history) values of each key, the latest one of keys with a time to live, and the
/// traces of deletions for [`marker_life`](crate::NatsSettings::marker_life), of expiries for a second. After that it is
/// told [`Change::Compacted`]. It survives the end of servers and of links, and goes on behind the last change that it
/// told.
///
/// Revisions are sequences of the bucket's stream, which begins with the time of its making: a bucket that is deleted
/// and made again goes on above.
///
/// Clones share the connection and what is known of the buckets.
#[derive(Clone)]
pub struct NatsKeyValue {
    connection: NatsConnection,
    limits: KeyValueLimits,
    buckets: Arc<RwLock<HashMap<Bucket, Arc<Slot>>>>,
}

impl NatsKeyValue {
    /// The buckets of the connection's tenant.
    #[must_use]
    pub fn new(connection: NatsConnection) -> Self {
        let settings = connection.settings();
        let limits = KeyValueLimits {
            value_bytes: settings.value_bytes.min(connection.payload_room()),
            batch_writes: settings.batch_writes,
            batch_bytes: settings.batch_bytes,
        };
        Self { connection, limits, buckets: Arc::default() }
    }

    /// The connection that it stands on.
    #[must_use]
    pub fn connection(&self) -> &NatsConnection {
        &self.connection
    }

    fn slot(&self, bucket: &Bucket) -> Arc<Slot> {
        if let Some(slot) = self.buckets.read().unwrap_or_else(PoisonError::into_inner).get(bucket) {
            return Arc::clone(slot);
        }
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(bucket.clone()).or_insert_with(|| Arc::new(Slot::new(bucket.clone()))))
    }

    async fn open(&self, bucket: &Bucket) -> Result<(Arc<Slot>, Arc<OpenBucket>)> {
        let slot = self.slot(bucket);
        let open = match slot.is_open() {
            Some(open) => open,
            // In a box, so that the calls after the first carry none of it.
            None => Box::pin(slot.open(&self.connection)).await?,
        };
        Ok((slot, open))
    }
}

/// The error of a read; where nobody answered the stream is looked at again the next time.
fn read_error(slot: &Slot, trouble: &Trouble, bucket: &Bucket) -> Error {
    if matches!(trouble, Trouble::NoResponders) {
        slot.doubt();
    }
    trouble.of_read(&format!("read bucket `{bucket}`"))
}

#[async_trait]
impl KeyValue for NatsKeyValue {
    fn limits(&self) -> KeyValueLimits {
        self.limits
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        let (slot, open) = self.open(bucket).await?;
        read::get(&open, key, read).await.map_err(|trouble| read_error(&slot, &trouble, bucket))
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.limits.check(bucket, &writes)?;
        let (slot, open) = self.open(bucket).await?;
        let (result, in_doubt) = commit::commit(&open, writes).await;
        if in_doubt {
            slot.doubt();
        }
        result
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, _read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        let (slot, open) = self.open(bucket).await?;
        let found = snapshot::snapshot(&open, &range).await;
        let found = found.map_err(|trouble| read_error(&slot, &trouble, bucket))?;
        Ok(stream::iter(found.entries.into_values().map(Ok)).boxed())
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        let (slot, open) = self.open(bucket).await?;
        Ok(watch::watch(&self.connection, slot, &open, range, from))
    }
}

impl fmt::Debug for NatsKeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsKeyValue").field("tenant", self.connection.tenant()).finish_non_exhaustive()
    }
}
