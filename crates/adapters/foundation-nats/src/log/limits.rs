//! What an append may have.

use bytes::Bytes;
use foundation_core::Result;
use foundation_core::event::Event;
use foundation_core::port::storage::{LogLimits, StreamName};

/// The largest event, where the server takes messages that large: the engine's authors advise to stay below.
const EVENT_BYTES: usize = 256 * 1024;

/// The most events of a batch. The server takes 1,000 messages.
const BATCH_EVENTS: usize = 500;

/// The most bytes of a batch; the server holds it in memory until it is whole.
const BATCH_BYTES: usize = 1024 * 1024;

/// The limits on a server that takes messages of `message_bytes` beside their headers.
pub(super) fn limits(message_bytes: usize) -> LogLimits {
    LogLimits {
        event_bytes: EVENT_BYTES.min(message_bytes),
        batch_events: BATCH_EVENTS,
        batch_bytes: BATCH_BYTES,
        // The server remembers by time, for two minutes or more, which is what the floor's number stands for.
        remembered_batches: LogLimits::FLOOR.remembered_batches,
    }
}

/// Encodes a batch that keeps to `limits`.
///
/// # Errors
/// `InvalidInput` for an empty batch or one that breaks a limit.
pub(super) fn encode(stream: &StreamName, events: &[Event], limits: &LogLimits) -> Result<Vec<Bytes>> {
    limits.check(stream, events)?;
    let encode = |event: &Event| {
        let mut body = Vec::with_capacity(event.encoded_len());
        event.encode(&mut body)?;
        Ok(Bytes::from(body))
    };
    events.iter().map(encode).collect()
}

#[cfg(test)]
mod tests;
