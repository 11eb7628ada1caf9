//! A store whose operations give way, so that a simulation can put others between them.

use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};

/// A [`KeyValue`] that waits for its next turn before and after each operation of another one.
///
/// A store in memory answers at once, so what is built of several operations would never be interrupted between two
/// of them. In a simulation the seed draws what runs at each of these places.
#[derive(Debug)]
pub struct Interleaved {
    inner: Arc<dyn KeyValue>,
}

impl Interleaved {
    /// Gives way around the operations of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValue>) -> Self {
        Self { inner }
    }
}

/// Lets everybody else who can run have a chance to.
async fn give_way() {
    let mut has_waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait]
impl KeyValue for Interleaved {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        give_way().await;
        let found = self.inner.get(bucket, key, read).await;
        give_way().await;
        found
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        give_way().await;
        let written = self.inner.commit(bucket, writes).await;
        give_way().await;
        written
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        give_way().await;
        let found = self.inner.scan(bucket, range, read).await;
        give_way().await;
        found
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        give_way().await;
        self.inner.watch(bucket, range, from).await
    }
}
