//! Limits: as large as the floor at least, met exactly, and refused beyond.

use std::sync::Arc;

use bytes::Bytes;
use foundation_core::Code;
use foundation_core::event::Event;
use foundation_core::port::storage::{BatchId, EventLog, Expect, LogLimits};

use super::{event, stream, texts};
use crate::case::refused;
use crate::world::World;

/// The adapter takes at least what the port promises.
pub async fn log_limits_reach_the_floor(_: &World, log: &Arc<dyn EventLog>) {
    let (limits, floor) = (log.limits(), LogLimits::FLOOR);
    assert!(limits.event_bytes >= floor.event_bytes, "{limits:?}");
    assert!(limits.batch_events >= floor.batch_events, "{limits:?}");
    assert!(limits.batch_bytes >= floor.batch_bytes, "{limits:?}");
}

/// A batch has at least one event.
pub async fn an_empty_batch_is_refused(_: &World, log: &Arc<dyn EventLog>) {
    refused(append(&**log, 1, vec![]).await, Code::InvalidInput, "an empty batch");
    assert_eq!(log.streams("").await.unwrap(), []);
}

/// An event of exactly the largest size is taken; one more byte is refused.
pub async fn events_up_to_the_limit(_: &World, log: &Arc<dyn EventLog>) {
    let most = log.limits().event_bytes;
    append(&**log, 1, vec![event_of(most)]).await.unwrap();
    let larger = vec![event("fits"), event_of(most + 1)];
    refused(append(&**log, 2, larger).await, Code::InvalidInput, "an event that is too large");
    assert_eq!(texts(&**log, "s").await.len(), 1);
}

/// A batch of exactly the most events is taken; one more is refused.
pub async fn batches_up_to_the_most_events(_: &World, log: &Arc<dyn EventLog>) {
    let LogLimits { batch_events, batch_bytes, .. } = log.limits();
    // Small events, so that the limit in bytes is not met first; where it would be, fewer have to do.
    let smallest = Event { data: Bytes::new(), ..event("") };
    let count = batch_events.min(batch_bytes / smallest.encoded_len());
    append(&**log, 1, vec![smallest.clone(); count]).await.unwrap();
    assert_eq!(texts(&**log, "s").await.len(), count);
    refused(append(&**log, 2, vec![smallest; batch_events + 1]).await, Code::InvalidInput, "too many events");
    assert_eq!(texts(&**log, "s").await.len(), count);
}

/// A batch of exactly the most bytes is taken; one more byte is refused.
pub async fn log_batches_up_to_the_most_bytes(_: &World, log: &Arc<dyn EventLog>) {
    let limits = log.limits();
    let batch_of = |bytes: usize| {
        let smallest = event_of(0).encoded_len();
        let mut batch = Vec::new();
        let mut left = bytes;
        while left > 0 {
            let size = left.min(limits.event_bytes);
            // The last event has to be one: leave enough for it.
            let size = if left > size && left - size < smallest { size - smallest } else { size };
            batch.push(event_of(size));
            left -= size;
        }
        batch
    };
    append(&**log, 1, batch_of(limits.batch_bytes)).await.unwrap();
    let count = texts(&**log, "s").await.len();
    let larger = batch_of(limits.batch_bytes + 1);
    refused(append(&**log, 2, larger).await, Code::InvalidInput, "a batch of too many bytes");
    assert_eq!(texts(&**log, "s").await.len(), count);
}

async fn append(
    log: &dyn EventLog,
    batch: u128,
    events: Vec<Event>,
) -> foundation_core::Result<foundation_core::port::storage::Appended> {
    log.append(&stream("s"), BatchId(batch), events, Expect::Any).await
}

/// An event whose [`Event::encoded_len`] is `bytes`, or the smallest if that is more.
fn event_of(bytes: usize) -> Event {
    let empty = Event { data: Bytes::new(), ..event("") };
    let data = "x".repeat(bytes.saturating_sub(empty.encoded_len()));
    Event { data: data.into(), ..empty }
}
