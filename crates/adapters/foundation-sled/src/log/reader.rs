//! Reading events back: from memory where the blocks are recent, else on the reader threads.
//!
//! Blocks in memory are decoded where the reader is polled: that is some microseconds of computing. Everything else
//! goes to threads of this crate, because sled may wait for the disk and may panic.

use std::sync::Arc;

use bytes::Bytes;
use foundation_core::event::Event;
use foundation_core::port::storage::{Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;

use super::block::Block;
use super::frame::Frame;
use super::index::FrameRef;
use super::shared::Shared;
use crate::engine::Engine;
use crate::failure::{closed, corrupt};
use crate::guard::caught;
use crate::queue::Queue;
use crate::threads::Threads;

type Job = Box<dyn FnOnce(&Engine) + Send>;

/// The threads that read old blocks.
pub(super) struct Pool {
    jobs: Arc<Queue<Job>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    pub(super) fn start(threads: &Threads, engine: &Arc<Engine>, count: usize) -> Result<Self> {
        let jobs: Arc<Queue<Job>> = Arc::new(Queue::new());
        for number in 0..count.max(1) {
            let jobs = Arc::clone(&jobs);
            let engine = Arc::clone(engine);
            threads.start(&format!("read-{number}"), move || {
                while let Some(job) = jobs.take() {
                    // A job answers its own panics; this one keeps the thread whatever happens.
                    let _ = caught("read", || job(&engine));
                }
            })?;
        }
        Ok(Self { jobs })
    }

    pub(super) fn close(&self) {
        self.jobs.close();
    }

    /// Like [`run`](Self::run), for a thread that may block.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let job: Job = Box::new(move |engine| {
            // The reader waits, unless its thread died.
            let _ = sender.send(caught("read blocks", || work(engine)).and_then(|answer| answer));
        });
        self.jobs.put(job).map_err(|_| closed("read blocks"))?;
        receiver.recv().map_err(|_| closed("read blocks"))?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Engine) -> Result<T> + Send + 'static) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |engine| {
            // The reader may be gone; then the answer has no other use.
            let _ = sender.send(caught("read events", || work(engine)).and_then(|answer| answer));
        });
        self.jobs.put(job).map_err(|_| closed("read events"))?;
        receiver.await.map_err(|_| closed("read events"))?
    }
}

/// What a read wants of its frames.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) stream: StreamName,
    pub(super) next: u64,
    pub(super) until: u64,
    pub(super) frames: Vec<FrameRef>,
}

/// Reads the events of some frames.
pub(super) async fn read(pool: &Pool, shared: &Arc<Shared>, wanted: Wanted) -> Result<Vec<Recorded>> {
    let mut numbers: Vec<u64> = wanted.frames.iter().map(|frame| frame.block).collect();
    numbers.dedup();
    let at_hand: Option<Vec<Bytes>> = {
        let recent = shared.recent.lock();
        numbers.iter().map(|number| recent.get(*number)).collect()
    };
    if let Some(blocks) = at_hand {
        let mut events = Vec::new();
        for (number, bytes) in numbers.iter().zip(&blocks) {
            let block = Block::trusted(bytes).ok_or_else(|| corrupt("a block in memory cannot be read"))?;
            decode(*number, &block, &wanted, &mut events)?;
        }
        return Ok(events);
    }
    let shared = Arc::clone(shared);
    pool.run(move |engine| {
        let mut events = Vec::new();
        for number in numbers {
            let Some(bytes) = engine.get(&number.to_be_bytes())? else {
                return Err(gone(&shared, wanted.stream.as_str(), number));
            };
            let block = Block::parse(&bytes).map_err(|error| error.during(format!("read block {number}")))?;
            if block.link.number != number {
                return Err(corrupt(format!("read block {number}: block {} stands there", block.link.number)));
            }
            decode(number, &block, &wanted, &mut events)?;
        }
        Ok(events)
    })
    .await
}

/// A block that was there when the read was planned: either a trim has deleted it since, or it is lost.
pub(super) fn gone(shared: &Shared, stream: &str, number: u64) -> Error {
    if number < shared.index.read().base {
        return Error::new(Code::Compacted, format!("read stream `{stream}`: it was trimmed meanwhile"));
    }
    corrupt(format!("read stream `{stream}`: block {number} is missing"))
}

fn decode(number: u64, block: &Block<'_>, wanted: &Wanted, events: &mut Vec<Recorded>) -> Result<()> {
    let mut expected = wanted.frames.iter().filter(|frame| frame.block == number);
    for frame in block.frames() {
        let Frame::Batch(batch) = frame? else { continue };
        if batch.stream != wanted.stream.as_str() || batch.last() < wanted.next || batch.first > wanted.until {
            continue;
        }
        if expected.next().is_none_or(|frame| frame.first != batch.first || frame.events != batch.events) {
            return Err(corrupt(format!("read block {number}: its frames are not those that were verified")));
        }
        for (sequence, encoded) in (batch.first..).zip(batch.encoded()) {
            let encoded = encoded?;
            if sequence >= wanted.next && sequence <= wanted.until {
                let event = Event::decode(encoded).map_err(|error| {
                    error.during(format!("read event {sequence} of stream `{}` in block {number}", wanted.stream))
                })?;
                events.push(Recorded { sequence: Sequence(sequence), event });
            }
        }
    }
    if expected.next().is_some() {
        return Err(corrupt(format!("read block {number}: it has fewer frames than were verified")));
    }
    Ok(())
}
