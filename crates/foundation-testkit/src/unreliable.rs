//! A store behind a connection that loses answers, delays writes, or is cut.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Code, Error, Result};
use parking_lot::Mutex;

use crate::world::World;

/// The longest that a write is on its way after its sender has given up on it.
const LATE: Duration = Duration::from_millis(200);

/// A [`KeyValue`] that reaches another one over a bad connection, for one program of several.
///
/// Reads and watches go through. Of the writes, while it [loses answers](Self::lose_answers), some are answered
/// `OutcomeUnknown`, and those took effect, never arrive, or arrive later. Once it is [cut](Self::cut) nothing is
/// answered any more, as for a program that was stopped or is alone on its side of a network. While it is
/// [away](Self::set_away) everything is refused.
pub struct Unreliable {
    inner: Arc<dyn KeyValue>,
    world: World,
    random: Mutex<RandomStream>,
    /// One write in so many is in trouble; 0 for none.
    trouble: Mutex<u32>,
    is_cut: AtomicBool,
    is_away: AtomicBool,
}

impl Unreliable {
    /// A connection to `inner` without trouble so far; what it loses later is drawn from `seed`.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValue>, world: &World, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            inner,
            world: world.clone(),
            random: Mutex::new(RandomStream::new(seed, 1)),
            trouble: Mutex::new(0),
            is_cut: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
        })
    }

    /// Loses the answers to one write in `one_in`; 0 stops that.
    pub fn lose_answers(&self, one_in: u32) {
        *self.trouble.lock() = one_in;
    }

    /// From now on nothing is answered, nothing arrives, and watches tell nothing.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    /// While it is away every operation is refused as `ServiceUnavailable`, as by a cluster without a leader.
    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Waits for ever where the connection is cut, and refuses while it is away.
    async fn pass(&self) -> Result<()> {
        if self.is_cut.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.is_away.load(Ordering::SeqCst) {
            return Err(Error::new(Code::ServiceUnavailable, "the store is away on purpose"));
        }
        Ok(())
    }

    /// Has the answer wait for ever where the connection was cut meanwhile.
    async fn arrive(&self) {
        if self.is_cut.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    /// What becomes of the next write: 0 nothing special, 1 its answer is lost, 2 it is lost, 3 it is late.
    fn draw(&self) -> u32 {
        let trouble = *self.trouble.lock();
        let mut random = self.random.lock();
        if trouble == 0 || random.below(trouble) != 0 { 0 } else { 1 + random.below(3) }
    }
}

#[async_trait]
impl KeyValue for Unreliable {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        self.pass().await?;
        let found = self.inner.get(bucket, key, read).await;
        self.arrive().await;
        found
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.pass().await?;
        match self.draw() {
            0 => {
                let written = self.inner.commit(bucket, writes).await;
                self.arrive().await;
                return written;
            }
            1 => drop(self.inner.commit(bucket, writes).await),
            2 => {}
            _ => {
                let (inner, clock, bucket) = (Arc::clone(&self.inner), Arc::clone(&self.world.clock), bucket.clone());
                let delay = LATE.mul_f64(self.random.lock().next_f64());
                self.world.spawner.spawn("late write", async move {
                    clock.sleep(delay).await;
                    // Nobody waits for its answer any more.
                    drop(inner.commit(&bucket, writes).await);
                });
            }
        }
        Err(Error::new(Code::OutcomeUnknown, "the answer was lost on purpose"))
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.pass().await?;
        let found = self.inner.scan(bucket, range, read).await;
        self.arrive().await;
        found
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.pass().await?;
        self.inner.watch(bucket, range, from).await
    }
}

impl fmt::Debug for Unreliable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreliable")
            .field("inner", &self.inner)
            .field("trouble", &*self.trouble.lock())
            .field("is_cut", &self.is_cut)
            .finish_non_exhaustive()
    }
}
