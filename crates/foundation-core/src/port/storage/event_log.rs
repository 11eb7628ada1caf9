//! Streams of events: appended all or nothing, acknowledged when durable, read in order.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::super::BoxStream;
use super::super::name::{check_dotted, name_type};
use crate::error::Result;
use crate::event::Event;

name_type! {
    /// The name of a stream: parts between dots, of letters, digits, `_` and `-`, at most 200 bytes.
    StreamName, "stream name", 200, "_-.", check_dotted
}

/// The place of an event in its stream. Opaque: strictly rising, starting above zero, not dense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Before every event: reads from here begin with the oldest event that is kept.
    pub const START: Self = Self(0);

    /// The smallest place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Names one append, so that trying again after a lost answer does not append twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub u128);

/// What has to hold for an append to take effect: one condition, so that an append can be a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// The stream has no events.
    Empty,
    /// The stream's last event has this sequence.
    Head(Sequence),
    /// Another stream's last event has this sequence: fencing by an owner's marker.
    HeadOf(StreamName, Sequence),
}

/// Where an append landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The sequence of its first event.
    pub first: Sequence,
    /// The sequence of its last event.
    pub last: Sequence,
    /// The batch was appended before; this is the answer of that time.
    pub duplicate: bool,
}

/// An event and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place.
    pub sequence: Sequence,
    /// The event.
    pub event: Event,
}

/// What one adapter can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// The largest encoded event in bytes ([`Event::encoded_len`]).
    pub event_bytes: usize,
    /// The most events in a batch.
    pub batch_events: usize,
    /// The most bytes in a batch, its events encoded.
    pub batch_bytes: usize,
    /// How many of the latest appends, over all streams, are remembered by their batch id.
    pub remembered_batches: usize,
}

impl LogLimits {
    /// What every adapter takes. An engine that remembers batches by time keeps at least two minutes of them, which
    /// counts as reaching `remembered_batches` at the rate of the floor.
    pub const FLOOR: Self =
        Self { event_bytes: 16 * 1024, batch_events: 256, batch_bytes: 32 * 1024, remembered_batches: 1_024 };
}

/// Streams of events.
///
/// A stream exists from its first event.
///
/// # Guarantees
/// - **Acknowledged means durable**, by the adapter's stated meaning, and means readable: a read that begins after
///   the answer sees the events.
/// - **All or nothing**: no reader, and no later start, sees a part of a batch.
/// - **One condition an append**, judged atomically with it: of several appends that expect one head, exactly one
///   succeeds.
/// - **Once per batch id**: within [`LogLimits::remembered_batches`] a repeated id appends nothing and answers as the
///   first time, whatever it expects now; also after a restart.
/// - **Order**: events of a stream are read in the order of their appends; a writer's appends keep its order.
/// - **Nothing is missing in silence**: a gap or a lost tail is an error (`Corrupt`), never a shorter answer.
///
/// # Errors of all methods
/// - `InvalidInput`: empty batch or a broken limit; nothing was appended.
/// - `Conflict`: the expectation does not hold; nothing was appended.
/// - `OutcomeUnknown`: the answer was lost; try again *with the same batch id*.
/// - `Compacted`: a read from a place before a trim.
/// - `Corrupt`: what is stored fails its checks; the error says what is readable.
/// - `ResourceExhausted`, `Io`, `Timeout`, `ServiceUnavailable`: as their names say; nothing was acknowledged.
///
/// # Cancel safety
/// Dropping the future of an append leaves open whether it took effect: try again with the same batch id. Dropping a
/// read or a stream is harmless.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync + fmt::Debug {
    /// What this adapter can take; at least [`LogLimits::FLOOR`].
    fn limits(&self) -> LogLimits;

    /// Appends a batch to a stream.
    async fn append(&self, stream: &StreamName, batch: BatchId, events: Vec<Event>, expect: Expect)
    -> Result<Appended>;

    /// Reads a stream from a sequence (inclusive) to the head of this moment. A stream that does not exist reads as
    /// empty. From [`Sequence::START`] the read begins with the oldest event that is kept.
    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>>;

    /// Reads like [`read`](Self::read) and then goes on with every later event. The stream ends only with an error.
    /// It reads from the log, so a slow subscriber loses nothing.
    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>>;

    /// The sequence of a stream's last event, and `None` where there is none.
    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>>;

    /// The streams whose names begin with `prefix`, in order.
    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>>;

    /// Forgets a stream's events before `before`, but never its last one. Durable when it answers.
    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()>;
}
