//! Streams of events in one JetStream stream.
//!
//! # How the port's promises are kept
//! - **Acknowledged** is what the engine acknowledged; on disk it is then if the servers run with
//!   `sync_interval: always` (`docs/cluster.md`).
//! - **All or nothing**: one event is one message, several are an atomic batch.
//! - **One condition**: the engine compares the last sequence of a subject. Each append also names the last event of
//!   its own stream, so events form a chain and a reader can prove that it has them all (`link`, `chain`).
//! - **Once per batch id**: the id is the message id of a batch's first event, which the engine remembers for two
//!   minutes, over restarts too. What a refusal means is found out by asking for the id (`append`).
//! - **A lost answer** is asked after by sending the same again: the copy that comes second is refused, by its id and
//!   by the chain.
//! - **Fresh reads**: `standing`. **A trim** is a mark first and a purge second: `trim`.
//!
//! Reading order: `names`, `link`, `chain`, `expectation`, `append`, `standing`, `reader`, `tail`,
//! `consumer`, `trim`.

mod names;

mod chain;
mod expectation;
mod limits;
mod link;
mod mark;

mod append;
mod consumer;
mod list;
mod reader;
mod scan;
mod send;
mod standing;
mod store;
mod tail;
mod trim;

mod heads;
mod patience;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
use tokio::sync::Semaphore;

pub use consumer::NatsConsumer;

use heads::Heads;
use names::Names;

use crate::connection::NatsConnection;

/// How many atomic batches one log has under way. The server holds 50 of a stream at once, for all clients together.
const BATCHES_AT_ONCE: usize = 16;

/// An [`EventLog`] in a JetStream stream.
///
/// All streams of a tenant lie in one stream of the engine, `FOUNDATION_LOG_<tenant>`, so sequences rise over all of
/// them together. Clones share what is known of the heads.
///
/// # What the engine adds to the port's words
/// - **Remembered by time**: a batch id for two minutes, or `duplicate_window` where that is longer. Whoever tries
///   again later may append twice, unless the append expects a head.
/// - **One after the other**: appends to one stream wait for each other, because each names the event before it.
///   Streams do not wait for each other.
/// - **Missing events** are found wherever a later event was read, and a lost tail where this process knew of it. A
///   tail that was lost on a majority of the servers, and that no process here has seen, leaves no trace.
/// - **A trim** takes effect at once for readers; the server frees the room of what is older than the time that batch
///   ids are remembered for.
#[derive(Clone)]
pub struct NatsEventLog {
    core: Arc<Core>,
}

struct Core {
    connection: NatsConnection,
    names: Names,
    heads: Heads,
    batches: Semaphore,
}

impl NatsEventLog {
    /// The log of the connection's tenant; its stream is made where there is none.
    ///
    /// # Errors
    /// `InvalidConfiguration` where the tenant's stream is there and cannot keep the port's promises, for example with
    /// another number of replicas. `ServiceUnavailable` where the servers have no leader in time.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether the stream was made; opening again is right either way.
    pub async fn open(connection: &NatsConnection) -> Result<Self> {
        let names = Names::of(connection.tenant());
        store::ensure(connection, &names).await?;
        let (connection, heads) = (connection.clone(), Heads::default());
        let batches = Semaphore::new(BATCHES_AT_ONCE);
        Ok(Self { core: Arc::new(Core { connection, names, heads, batches }) })
    }
}

impl fmt::Debug for NatsEventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsEventLog").field("connection", &self.core.connection).finish_non_exhaustive()
    }
}

#[async_trait]
impl EventLog for NatsEventLog {
    fn limits(&self) -> LogLimits {
        limits::limits(self.core.connection.payload_room())
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        let bodies = limits::encode(stream, &events, &self.limits())?;
        self.core.append(stream, batch, bodies, &expect).await
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        reader::read(&self.core, stream, from).await
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        tail::subscribe(&self.core, stream, from).await
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        let head = self.core.standing(stream, None).await?.head;
        Ok((head > 0).then_some(Sequence(head)))
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        self.core.streams(prefix).await
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        self.core.trim(stream, before).await
    }
}
