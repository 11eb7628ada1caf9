//! The event log: blocks in a chain, written by one thread.

pub(crate) mod block;
pub(crate) mod chain;
pub(crate) mod frame;
pub(crate) mod index;
mod judge;
mod reader;
mod recent;
mod remembered;
mod shared;
mod stream;
mod writer;

use std::fmt;
use std::sync::{Arc, mpsc};

use async_trait::async_trait;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;
use parking_lot::Mutex;

use crate::anchor::{Anchor, LogHead};
use crate::engine::{CLOSE_LIMIT, Engine};
use crate::failure::closed;
use crate::folder::Folder;
use crate::settings::SledSettings;
use crate::stall;
use crate::threads::Threads;
use chain::Chain;
use frame::EncodedBatch;
use reader::Pool;
use shared::{Request, Shared};
use stream::{Cursor, compacted};
use writer::Writer;

/// What one append can have; what is over it does not fit a block.
pub(crate) const LIMITS: LogLimits =
    LogLimits { event_bytes: 32 * 1024, batch_events: 1_024, batch_bytes: 40 * 1024, remembered_batches: 65_536 };
const _: () = assert!(
    LIMITS.batch_bytes + 4 * LIMITS.batch_events + frame::BATCH_OVERHEAD <= block::BODY_BYTES,
    "every batch fits a block"
);

/// The port [`EventLog`] on sled.
///
/// **Durable** means: the events' block is in sled's file and synced with `fdatasync`, and so is the anchor that
/// names the block. They survive the end of the process at any moment, and the loss of power as far as the disk
/// keeps what it says it has synced.
///
/// Sequences are counted over all streams of the store, one after the other.
///
/// Dropping the last handle (the store's own, this one, and every stream that was opened) waits for what is being
/// written, closes the folder and frees its lock; that takes some milliseconds.
#[derive(Clone)]
pub struct SledEventLog {
    inner: Arc<Inner>,
    limits: LogLimits,
}

pub(crate) struct Inner {
    shared: Arc<Shared>,
    pool: Pool,
    running: Mutex<Option<Running>>,
}

/// What ends with the log, in this order: its threads, which own the engine, then the folder's lock.
#[derive(Debug)]
struct Running {
    /// Dropped to end the thread that watches.
    closing: mpsc::Sender<()>,
    threads: Threads,
    folder: Arc<Folder>,
}

/// What a log is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) folder: Arc<Folder>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) anchor: Anchor<LogHead>,
    pub(crate) chain: Chain,
}

/// What a log has at one moment.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) base: u64,
    pub(crate) last: block::Link,
    /// By stream, the last event that is forgotten.
    pub(crate) forgotten: std::collections::BTreeMap<Box<str>, u64>,
}

impl fmt::Debug for SledEventLog {
    // Without streams and events: there can be millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.inner.shared.index.read();
        f.debug_struct("SledEventLog")
            .field("streams", &index.streams.len())
            .field("sequence", &index.head.sequence)
            .finish_non_exhaustive()
    }
}

impl SledEventLog {
    pub(crate) fn start(parts: Parts, settings: &SledSettings) -> Result<Self> {
        let remembered_batches = settings.remembered_batches.max(LogLimits::FLOOR.remembered_batches);
        let mut chain = parts.chain;
        chain.index.base = chain.index.base.max(parts.anchor.head().base);
        let shared = Arc::new(Shared::new(chain.index));
        let threads = Threads::new();
        let pool = Pool::start(&threads, &parts.engine, settings.readers)?;
        let writer = Writer {
            shared: Arc::clone(&shared),
            engine: parts.engine,
            anchor: parts.anchor,
            remembered: chain.remembered,
            head: chain.last,
            gather: settings.gather,
            reclaim_blocks: settings.reclaim_blocks,
            #[cfg(feature = "planted-bugs")]
            plant: settings.plant,
        };
        threads.start("log", move || writer.run())?;
        let (closing, closed) = mpsc::channel();
        let watched = Arc::clone(&shared);
        threads.start("log-watch", move || {
            if stall::stalls(&watched.progress, &closed, stall::TICK, stall::PATIENCE) {
                watched.abandon();
            }
        })?;
        let running = Mutex::new(Some(Running { closing, threads, folder: parts.folder }));
        let inner = Arc::new(Inner { shared, pool, running });
        Ok(Self { inner, limits: LogLimits { remembered_batches, ..LIMITS } })
    }

    /// Ends the log's threads and closes its folder; later calls answer `ServiceUnavailable`.
    pub(crate) fn close(&self) {
        self.inner.close();
    }

    /// What stands now: the index's part that an export needs.
    pub(crate) fn kept(&self) -> Kept {
        let index = self.inner.shared.index.read();
        let forgotten = index
            .streams
            .iter()
            .filter(|(_, stream)| stream.forgotten > 0)
            .map(|(name, stream)| (name.clone(), stream.forgotten));
        Kept { base: index.base, last: index.head, forgotten: forgotten.collect() }
    }

    /// Reads and checks some blocks. Blocks.
    pub(crate) fn blocks(&self, numbers: std::ops::Range<u64>) -> Result<Vec<Vec<u8>>> {
        let shared = Arc::clone(&self.inner.shared);
        self.inner.pool.wait(move |engine| {
            let read = |number: u64| match engine.get(&number.to_be_bytes())? {
                Some(bytes) => Ok(bytes.to_vec()),
                None => Err(reader::gone(&shared, "every stream", number)),
            };
            numbers.map(read).collect()
        })
    }

    fn from(&self, stream: &StreamName, from: Sequence) -> Result<u64> {
        let index = self.inner.shared.index.read();
        let Some(found) = index.streams.get(stream.as_str()) else { return Ok(from.0.max(1)) };
        if from == Sequence::START {
            Ok(found.oldest())
        } else if from.0 <= found.forgotten {
            Err(compacted(stream, from.0, found.forgotten))
        } else {
            Ok(from.0)
        }
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
        self.pool.close();
        drop(running.closing);
        if !running.threads.join(CLOSE_LIMIT) {
            // A thread hangs inside sled and may still write: the folder stays held until the process ends.
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
impl EventLog for SledEventLog {
    fn limits(&self) -> LogLimits {
        self.limits
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        self.limits.check(stream, &events)?;
        let encoded = EncodedBatch::new(stream, batch, &events)?;
        let (reply, answer) = oneshot::channel();
        let request = Request::Append { stream: stream.clone(), batch, encoded, expect, reply };
        self.inner.shared.requests.put(request).map_err(|_| self.inner.shared.refusal("append"))?;
        answer.await.map_err(|_| lost(stream))?
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.alive("read")?;
        let next = self.from(stream, from)?;
        let until = Some(self.inner.shared.index.read().last(stream.as_str()).unwrap_or(0));
        Ok(Cursor { log: Arc::clone(&self.inner), stream: stream.clone(), next, until }.into_stream())
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.alive("subscribe")?;
        let next = self.from(stream, from)?;
        Ok(Cursor { log: Arc::clone(&self.inner), stream: stream.clone(), next, until: None }.into_stream())
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        self.alive("read the head")?;
        Ok(self.inner.shared.index.read().last(stream.as_str()).map(Sequence))
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        self.alive("list streams")?;
        self.inner.shared.index.read().named(prefix).map(|(name, _)| StreamName::new(name)).collect()
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Trim { stream: stream.clone(), before, reply };
        self.inner.shared.requests.put(request).map_err(|_| self.inner.shared.refusal("trim"))?;
        answer.await.map_err(|_| lost(stream))?
    }
}

fn lost(stream: &StreamName) -> Error {
    Error::new(Code::OutcomeUnknown, format!("write to stream `{stream}`: the log's thread ended before it answered"))
        .advise("open the folder again and try again with the same batch id")
}
