//! The event envelope: what every record of something that happened carries, whatever it speaks of.

mod codec;

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::port::clock::{Clock, Monotonic, WallTime};
use crate::port::entropy::Entropy;
use crate::port::name::{check, check_dotted, name_type};

pub use codec::ENVELOPE_VERSION;

name_type! {
    /// What kind of thing happened: parts between dots, of lower-case words ("study.created"), at most 100 bytes.
    EventType, "event type", 100, "_-.", check_dotted
}

name_type! {
    /// A machine or a member of a cluster: letters, digits, `_` and `-`, at most 64 bytes.
    NodeId, "node name", 64, "_-", check
}

/// Names an event; sorts by the time it was made.
///
/// Source: UUID version 7 (RFC 9562).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// Makes an identifier from the wall clock and chance.
    #[must_use]
    pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        let random = entropy.next_u128().to_le_bytes();
        let mut tail = [0_u8; 10];
        tail.copy_from_slice(&random[..10]);
        Self(uuid::Builder::from_unix_timestamp_millis(clock.wall().as_millis(), &tail).into_uuid())
    }

    /// The identifier as a number.
    #[must_use]
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }
}

impl From<u128> for EventId {
    fn from(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A process, as others name it: its number on its node, and which life of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessRef {
    /// The process; stays over restarts.
    pub process: u64,
    /// Its life; rises with each start.
    pub incarnation: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// What kind of thing it is; decides how `data` is read.
    pub kind: EventType,
    /// The version of `data`'s shape; a reader refuses a newer one than it knows.
    pub schema: u16,
    /// When it happened, by the wall clock of its node.
    pub wall: WallTime,
    /// When it happened, by the monotonic clock of its node's run.
    pub monotonic: Monotonic,
    /// Where it happened.
    pub node: NodeId,
    /// Which process told it.
    pub process: Option<ProcessRef>,
    /// The request or piece of work that it belongs to.
    pub correlation: Option<EventId>,
    /// The event that led to it.
    pub parent: Option<EventId>,
    /// The rest, encoded by the rules of `kind` and `schema`.
    pub data: Bytes,
}

/// Makes the events of one teller: fills in identifier, times, node and process.
#[derive(Clone, Debug)]
pub struct EventSource {
    clock: std::sync::Arc<dyn Clock>,
    entropy: std::sync::Arc<dyn Entropy>,
    node: NodeId,
    process: Option<ProcessRef>,
}

impl EventSource {
    /// A teller on `node`.
    #[must_use]
    pub fn new(clock: std::sync::Arc<dyn Clock>, entropy: std::sync::Arc<dyn Entropy>, node: NodeId) -> Self {
        Self { clock, entropy, node, process: None }
    }

    /// The same, for a process of that node.
    #[must_use]
    pub fn of_process(mut self, process: ProcessRef) -> Self {
        self.process = Some(process);
        self
    }

    /// Makes an event of now.
    #[must_use]
    pub fn event(&self, kind: EventType, schema: u16, data: impl Into<Bytes>) -> Event {
        Event {
            id: EventId::generate(&*self.clock, &*self.entropy),
            kind,
            schema,
            wall: self.clock.wall(),
            monotonic: self.clock.now(),
            node: self.node.clone(),
            process: self.process,
            correlation: None,
            parent: None,
            data: data.into(),
        }
    }
}

#[cfg(test)]
mod tests;
