//! The envelope as bytes: two bytes of magic, the version in little endian, then the fields in postcard.
//!
//! Postcard is not self-describing, so a change of fields is a new version with a reader of its own; versions that
//! were ever written stay readable.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Event, EventId, EventType, NodeId, ProcessRef};
use crate::error::{Code, Error, Result};
use crate::port::clock::{Monotonic, WallTime};

/// The version that [`Event::encode`] writes.
pub const ENVELOPE_VERSION: u16 = 1;

const MAGIC: [u8; 2] = *b"fe";

#[derive(Serialize)]
struct Version1Ref<'a> {
    id: EventId,
    kind: &'a EventType,
    schema: u16,
    wall: WallTime,
    monotonic: Monotonic,
    node: &'a NodeId,
    process: Option<ProcessRef>,
    correlation: Option<EventId>,
    parent: Option<EventId>,
    data: &'a [u8],
}

#[derive(Deserialize)]
struct Version1<'a> {
    id: EventId,
    kind: EventType,
    schema: u16,
    wall: WallTime,
    monotonic: Monotonic,
    node: NodeId,
    process: Option<ProcessRef>,
    correlation: Option<EventId>,
    parent: Option<EventId>,
    data: &'a [u8],
}

impl Event {
    /// Writes the event at the end of `out`.
    ///
    /// # Errors
    /// `Encoding`, which no event that can be built is known to cause.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&ENVELOPE_VERSION.to_le_bytes());
        let fields = Version1Ref {
            id: self.id,
            kind: &self.kind,
            schema: self.schema,
            wall: self.wall,
            monotonic: self.monotonic,
            node: &self.node,
            process: self.process,
            correlation: self.correlation,
            parent: self.parent,
            data: &self.data,
        };
        // `to_io` appends; the vector keeps what was there.
        postcard::to_io(&fields, out).map_err(|error| {
            Error::new(Code::Encoding, format!("encode event {} of type `{}`", self.id, self.kind)).caused_by(error)
        })?;
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) writes, at most; cheap to compute.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        // Fixed parts at their widest (magic and version 4, four options and identifiers 3 × 18, numbers 5 × 10,
        // lengths 3 × 5), then the parts that vary.
        4 + 54 + 50 + 15 + self.kind.as_str().len() + self.node.as_str().len() + self.data.len()
    }

    /// Reads an event that fills `bytes`.
    ///
    /// # Errors
    /// `NewerVersion` for an envelope of a later version; `Encoding` for bytes that are no envelope.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (head, body) = bytes.split_at_checked(4).ok_or_else(|| not_an_event(bytes.len(), "it is too short"))?;
        if head[..2] != MAGIC {
            return Err(not_an_event(bytes.len(), "its first two bytes are not `fe`"));
        }
        let version = u16::from_le_bytes([head[2], head[3]]);
        if version > ENVELOPE_VERSION {
            return Err(Error::new(
                Code::NewerVersion,
                format!(
                    "read an event: its envelope has version {version}, this program knows up to {ENVELOPE_VERSION}"
                ),
            ));
        }
        let (fields, rest): (Version1<'_>, _) = postcard::take_from_bytes(body)
            .map_err(|error| not_an_event(bytes.len(), "its fields cannot be read").caused_by(error))?;
        if !rest.is_empty() {
            return Err(not_an_event(bytes.len(), "bytes are left over behind it"));
        }
        Ok(Self {
            id: fields.id,
            kind: fields.kind,
            schema: fields.schema,
            wall: fields.wall,
            monotonic: fields.monotonic,
            node: fields.node,
            process: fields.process,
            correlation: fields.correlation,
            parent: fields.parent,
            data: Bytes::copy_from_slice(fields.data),
        })
    }
}

fn not_an_event(length: usize, why: &str) -> Error {
    Error::new(Code::Encoding, format!("read an event of {length} bytes: {why}"))
}
