//! A store at the other end of a network: what is sent arrives later, also where its sender is stopped meanwhile.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;

use super::program::Scene;

/// One program's connection to the store of a scene.
pub(super) struct Network(pub(super) Arc<Scene>);

impl Scene {
    /// How long something is on its way: mostly some milliseconds, now and then seconds.
    fn delay(&self) -> Duration {
        let mut random = self.random.lock();
        let most = [2.0, 2.0, 2.0, 2.0, 20.0, 20.0, 200.0, 3_000.0][random.below(8) as usize];
        Duration::from_secs_f64(most * random.next_f64() / 1_000.0)
    }

    /// Has `work` done at the other end. Answers `None` where the answer is lost.
    pub(super) async fn remotely<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let (scene, there, back) = (Arc::clone(self), self.delay(), self.delay());
        let is_lost = self.random.lock().below(25) == 0;
        self.spawner.spawn("network", async move {
            scene.clock.sleep(there).await;
            let done = work.await;
            scene.clock.sleep(back).await;
            if !is_lost {
                // Nobody may wait for it any more.
                let _ = answer.send(done);
            }
        });
        answered.await.ok()
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

fn lost() -> Error {
    Error::new(Code::OutcomeUnknown, "the answer was lost on purpose")
}

#[async_trait]
impl KeyValue for Network {
    fn limits(&self) -> KeyValueLimits {
        self.0.store.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        let (store, bucket, key) = (Arc::clone(&self.0.store), bucket.clone(), key.clone());
        let found = self.0.remotely(async move { store.get(&bucket, &key, read).await }).await;
        found.unwrap_or_else(|| Err(Error::new(Code::Timeout, "the answer was lost on purpose")))
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        let (store, bucket) = (Arc::clone(&self.0.store), bucket.clone());
        let written = self.0.remotely(async move { store.commit(&bucket, writes).await }).await;
        written.unwrap_or_else(|| Err(lost()))
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.0.store.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.0.store.watch(bucket, range, from).await
    }
}
