//! What the tests of the event log share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foundation_core::event::{Event, EventId, EventType, NodeId};
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, Monotonic, WallTime, deadline};
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, Recorded, Sequence, StreamName};
use foundation_memory::SystemClock;
use foundation_nats::{NatsConnection, NatsEventLog, NatsSettings};
use foundation_nats_server::NatsServer;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn stream(text: &str) -> StreamName {
    StreamName::new(text).unwrap()
}

pub(crate) fn event(text: &str) -> Event {
    Event {
        id: EventId::from(7),
        kind: EventType::new("test.event").unwrap(),
        schema: 1,
        wall: WallTime(1),
        monotonic: Monotonic(1),
        node: NodeId::new("node").unwrap(),
        process: None,
        correlation: None,
        parent: None,
        data: Bytes::copy_from_slice(text.as_bytes()),
    }
}

pub(crate) fn events(texts: &[&str]) -> Vec<Event> {
    texts.iter().map(|text| event(text)).collect()
}

pub(crate) fn text(recorded: &Recorded) -> String {
    String::from_utf8(recorded.event.data.to_vec()).unwrap()
}

pub(crate) async fn open(settings: NatsSettings) -> (NatsConnection, NatsEventLog) {
    let clock = Arc::new(SystemClock::new());
    let connection = NatsConnection::open(settings, clock).await.unwrap();
    let log = NatsEventLog::open(&connection).await.unwrap();
    (connection, log)
}

pub(crate) async fn append(log: &NatsEventLog, name: &str, batch: u128, texts: &[&str]) -> Appended {
    log.append(&stream(name), BatchId(batch), events(texts), Expect::Any).await.unwrap()
}

pub(crate) async fn read(log: &NatsEventLog, name: &str, from: Sequence) -> foundation_core::Result<Vec<Recorded>> {
    log.read(&stream(name), from).await?.try_collect().await
}

pub(crate) async fn texts(log: &NatsEventLog, name: &str) -> Vec<String> {
    read(log, name, Sequence::START).await.unwrap().iter().map(text).collect()
}

pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let clock: &dyn Clock = &SystemClock::new();
    let done = deadline(clock, clock.now() + PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing came within {PATIENCE:?}"))
}

pub(crate) async fn next(subscription: &mut BoxStream<'static, foundation_core::Result<Recorded>>) -> Recorded {
    within("the next event", subscription.next()).await.expect("a subscription does not end").unwrap()
}

/// Answers within a moment, so that a test does not wait long for those that never come.
pub(crate) fn impatient(url: String) -> NatsSettings {
    NatsSettings {
        answer_timeout: Duration::from_millis(500),
        ping_interval: Duration::from_millis(500),
        ..NatsSettings::at(url)
    }
}

/// Asks JetStream's API as an operator would.
pub(crate) fn administer(server: &NatsServer, what: &str, body: &Value) {
    let answer = server.ask(&format!("$JS.API.{what}"), body, PATIENCE).unwrap();
    assert_eq!(answer["error"], Value::Null, "{what}");
}
