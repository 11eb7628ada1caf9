//! What every [`EventLog`] owes.

mod appending;
mod concurrent;
pub mod durable;
mod limits;
mod once;
mod reading;
mod trimming;

use bytes::Bytes;
use foundation_core::event::{Event, EventId, EventType, NodeId, ProcessRef};
use foundation_core::port::clock::{Monotonic, WallTime};
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, Recorded, Sequence, StreamName};
use futures_util::TryStreamExt as _;

pub use appending::*;
pub use concurrent::*;
pub use limits::*;
pub use once::*;
pub use reading::*;
pub use trimming::*;

fn stream(text: &str) -> StreamName {
    StreamName::new(text).unwrap()
}

/// An event that carries `text`.
fn event(text: &str) -> Event {
    Event {
        id: EventId::from(u128::from(text.len() as u64) + 1),
        kind: EventType::new("contract.event").unwrap(),
        schema: 1,
        wall: WallTime(1_000),
        monotonic: Monotonic(10),
        node: NodeId::new("node").unwrap(),
        process: Some(ProcessRef { process: 1, incarnation: 2 }),
        correlation: None,
        parent: Some(EventId::from(7)),
        data: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn events(texts: &[&str]) -> Vec<Event> {
    texts.iter().map(|text| event(text)).collect()
}

/// Appends without condition.
async fn appended(log: &dyn EventLog, name: &str, batch: u128, texts: &[&str]) -> Appended {
    log.append(&stream(name), BatchId(batch), events(texts), Expect::Any).await.unwrap()
}

/// Reads a stream to its head.
async fn read(log: &dyn EventLog, name: &str, from: Sequence) -> Vec<Recorded> {
    log.read(&stream(name), from).await.unwrap().try_collect().await.unwrap()
}

fn text(recorded: &Recorded) -> String {
    String::from_utf8(recorded.event.data.to_vec()).unwrap()
}

/// What a stream's events carry, from its oldest on.
async fn texts(log: &dyn EventLog, name: &str) -> Vec<String> {
    read(log, name, Sequence::START).await.iter().map(text).collect()
}
