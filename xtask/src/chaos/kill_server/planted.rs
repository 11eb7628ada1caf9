//! A bug of this experiment: reads that have to be strict are answered by any replica.

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use std::sync::Arc;

/// A store that takes every read for one that may lag.
#[derive(Debug)]
pub(super) struct FollowerReads(pub(super) Arc<dyn KeyValue>);

#[async_trait]
impl KeyValue for FollowerReads {
    fn limits(&self) -> KeyValueLimits {
        self.0.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, _: Read) -> Result<Option<Entry>> {
        self.0.get(bucket, key, Read::Local).await
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.0.commit(bucket, writes).await
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, _: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.0.scan(bucket, range, Read::Local).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.0.watch(bucket, range, from).await
    }
}
