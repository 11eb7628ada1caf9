//! A store whose reads can be held up after they have looked, and whose watches can be cut.

use std::sync::Arc;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Code, Error, Result};
use foundation_memory::MemoryKeyValue;
use futures_channel::oneshot;
use futures_util::StreamExt as _;
use parking_lot::Mutex;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) inner: Arc<MemoryKeyValue>,
    /// The next read waits for this after it has looked.
    pub(crate) hold_read: Mutex<Option<oneshot::Receiver<()>>>,
    /// The next commit waits for this after it has written.
    pub(crate) hold_commit: Mutex<Option<oneshot::Receiver<()>>>,
    /// The watches under way end when these are dropped.
    cuts: Mutex<Vec<oneshot::Sender<()>>>,
    pub(crate) is_watchable: Mutex<bool>,
    pub(crate) reads: Mutex<usize>,
}

impl Gate {
    pub(crate) fn new(inner: Arc<MemoryKeyValue>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            hold_read: Mutex::default(),
            hold_commit: Mutex::default(),
            cuts: Mutex::default(),
            is_watchable: Mutex::new(true),
            reads: Mutex::new(0),
        })
    }

    /// Ends the watches under way with an error.
    pub(crate) fn cut(&self) {
        self.cuts.lock().clear();
    }
}

#[async_trait]
impl KeyValue for Gate {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        if read == Read::Local {
            return Err(Error::new(
                Code::Internal,
                "a local read of the store may lag behind what the cache has shown",
            ));
        }
        *self.reads.lock() += 1;
        let found = self.inner.get(bucket, key, read).await;
        let hold = self.hold_read.lock().take();
        if let Some(hold) = hold {
            let _ = hold.await;
        }
        found
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        let revisions = self.inner.commit(bucket, writes).await;
        let hold = self.hold_commit.lock().take();
        if let Some(hold) = hold {
            let _ = hold.await;
        }
        revisions
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.inner.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        if !*self.is_watchable.lock() {
            return Err(Error::new(Code::ServiceUnavailable, "the watch was refused on purpose"));
        }
        let (cut, when_cut) = oneshot::channel();
        self.cuts.lock().push(cut);
        Ok(self.inner.watch(bucket, range, from).await?.take_until(when_cut).boxed())
    }
}
