//! The key-value store: rows in sled, written by one thread; the same in memory, read by everybody.

mod open;
mod record;
mod shared;
mod state;
mod watch;
mod writer;

use std::fmt;
use std::sync::{Arc, mpsc};

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;

use crate::engine::CLOSE_LIMIT;
use crate::failure::closed;
use crate::folder::Folder;
use crate::settings::SledSettings;
use crate::stall;
use crate::threads::Threads;
pub use open::KeyValueReport;
pub(crate) use open::{Opened, above, make, open};
pub(crate) use record::Record;
use shared::{Request, Shared};
use watch::Watch;
use writer::Writer;

/// What one commit can have.
const LIMITS: KeyValueLimits = KeyValueLimits::FLOOR;

/// How many entries a scan copies at a time.
const SCANNED: usize = 1_024;

/// The port [`KeyValue`] on sled.
///
/// **Kept** means: the rows are in sled's file and synced with `fdatasync`, and so is the anchor that names their
/// revision.
///
/// Every value is held in memory as well, and read from there: a read costs no disk and no thread, and a cache in
/// front gains nothing. Plan for the size of all keys and values, twice the keys, and some 150 bytes a value.
///
/// Revisions are counted over all buckets of the store. The latest changes of each bucket are kept for watches that
/// go on after a revision, since the store was opened; from further back a watch answers
/// [`Compacted`](Change::Compacted).
#[derive(Clone)]
pub struct SledKeyValue {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    running: Mutex<Option<Running>>,
}

/// What ends with the store: its thread, which owns the engine, then the folder's lock.
#[derive(Debug)]
struct Running {
    /// Dropped to end the thread that watches.
    closing: mpsc::Sender<()>,
    threads: Threads,
    folder: Arc<Folder>,
}

impl fmt::Debug for SledKeyValue {
    // Without keys and values: they may be many, and secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.inner.shared.state.read().revision;
        f.debug_struct("SledKeyValue").field("revision", &revision).finish_non_exhaustive()
    }
}

impl SledKeyValue {
    pub(crate) fn start(
        folder: Arc<Folder>,
        opened: Opened,
        settings: &SledSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared::new(opened.state, opened.sums.revision));
        let threads = Threads::new();
        let writer = Writer {
            shared: Arc::clone(&shared),
            engine: opened.engine,
            anchor: opened.anchor,
            sums: opened.sums,
            gather: settings.gather,
            clock: Arc::clone(&clock),
        };
        threads.start("kv", move || writer.run())?;
        let (closing, closed) = mpsc::channel();
        let watched = Arc::clone(&shared);
        threads.start("kv-watch", move || {
            if stall::stalls(&watched.progress, &closed, stall::TICK, stall::PATIENCE) {
                watched.abandon();
            }
        })?;
        let running = Mutex::new(Some(Running { closing, threads, folder }));
        Ok(Self { inner: Arc::new(Inner { shared, clock, running }) })
    }

    /// Ends the thread and closes the folder; later calls answer `ServiceUnavailable`.
    pub(crate) fn close(&self) {
        self.inner.close();
    }

    /// Every row, and the last revision that was given out.
    pub(crate) fn rows(&self) -> (Vec<(Bucket, Key, Record)>, u64) {
        let state = self.inner.shared.state.read();
        let given = self.inner.shared.given.load(std::sync::atomic::Ordering::Acquire);
        (state.rows(), given.max(state.revision))
    }

    fn alive(&self, doing: &str) -> Result<()> {
        if self.inner.running.lock().is_none() { Err(closed(doing)) } else { Ok(()) }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inner")
    }
}

impl Inner {
    fn close(&self) {
        let Some(mut running) = self.running.lock().take() else { return };
        self.shared.close();
        drop(running.closing);
        if !running.threads.join(CLOSE_LIMIT) {
            // The thread hangs inside sled and may still write: the folder stays held until the process ends.
            std::mem::forget(running.folder);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl KeyValue for SledKeyValue {
    fn limits(&self) -> KeyValueLimits {
        LIMITS
    }

    async fn get(&self, bucket: &Bucket, key: &Key, _read: Read) -> Result<Option<Entry>> {
        self.alive("read")?;
        let now = self.inner.clock.wall();
        let state = self.inner.shared.state.read();
        Ok(state.stored(bucket, key).filter(|stored| stored.lives(now)).map(state::Stored::entry))
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        LIMITS.check(bucket, &writes)?;
        let (reply, answer) = oneshot::channel();
        let request = Request::Commit { bucket: bucket.clone(), writes, reply };
        self.inner.shared.requests.put(request).map_err(|_| self.inner.shared.refusal("write"))?;
        answer.await.map_err(|_| {
            let what = format!("write to bucket `{bucket}`: the store's thread ended before it answered");
            Error::new(Code::OutcomeUnknown, what).advise("open the folder again and read back")
        })?
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, _read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.alive("scan")?;
        let (inner, bucket) = (Arc::clone(&self.inner), bucket.clone());
        let chunks = stream::unfold(Some(None), move |place: Option<Option<Key>>| {
            let after = place.map(|after| {
                let entries =
                    inner.shared.state.read().range(&bucket, &range, after.as_ref(), inner.clock.wall(), SCANNED);
                let next = entries.last().filter(|_| entries.len() == SCANNED).map(|entry| Some(entry.key.clone()));
                (stream::iter(entries.into_iter().map(Ok)), next)
            });
            std::future::ready(after)
        });
        Ok(chunks.flatten().boxed())
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.alive("watch")?;
        Ok(Watch { store: Arc::clone(&self.inner), bucket: bucket.clone(), range, from }.into_stream())
    }
}
