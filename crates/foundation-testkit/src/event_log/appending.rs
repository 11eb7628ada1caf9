//! Appending and expectations.

use std::sync::Arc;

use bytes::Bytes;
use foundation_core::Code;
use foundation_core::event::{Event, EventId, EventType, NodeId, ProcessRef};
use foundation_core::port::clock::{Monotonic, WallTime};
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence};

use super::{appended, event, events, read, stream, texts};
use crate::case::refused;
use crate::world::World;

/// What was appended is read back in order, at rising sequences, which begin and end where the answer says.
pub async fn appended_events_are_read(_: &World, log: &Arc<dyn EventLog>) {
    let first = appended(&**log, "s", 1, &["a", "b", "c"]).await;
    let second = appended(&**log, "s", 2, &["d"]).await;
    assert!(!first.duplicate && !second.duplicate);
    let found = read(&**log, "s", Sequence::START).await;
    assert_eq!(texts(&**log, "s").await, ["a", "b", "c", "d"]);
    assert!(found.is_sorted_by(|earlier, later| earlier.sequence < later.sequence), "{found:?}");
    assert!(found[0].sequence > Sequence::START);
    assert_eq!((found[0].sequence, found[2].sequence), (first.first, first.last));
    assert_eq!((found[3].sequence, found[3].sequence), (second.first, second.last));
    assert_eq!(log.head(&stream("s")).await.unwrap(), Some(second.last));
}

/// Every field of an event comes back as it was.
pub async fn events_come_back_whole(_: &World, log: &Arc<dyn EventLog>) {
    let full = Event {
        id: EventId::from(u128::MAX),
        kind: EventType::new("contract.full-event_1").unwrap(),
        schema: u16::MAX,
        wall: WallTime(u64::MAX),
        monotonic: Monotonic(u64::MAX),
        node: NodeId::new("node_1-a").unwrap(),
        process: Some(ProcessRef { process: u64::MAX, incarnation: u64::MAX }),
        correlation: Some(EventId::from(u128::MAX - 1)),
        parent: Some(EventId::from(u128::MAX - 2)),
        data: (0..=255).collect::<Vec<u8>>().into(),
    };
    let bare = Event {
        process: None,
        correlation: None,
        parent: None,
        data: Bytes::new(),
        schema: 0,
        wall: WallTime(0),
        ..event("")
    };
    log.append(&stream("s"), BatchId(1), vec![full.clone(), bare.clone()], Expect::Any).await.unwrap();
    let found: Vec<Event> = read(&**log, "s", Sequence::START).await.into_iter().map(|found| found.event).collect();
    assert_eq!(found, [full, bare]);
}

/// Streams have nothing to do with each other, also where one's name begins with the other's.
pub async fn streams_are_apart(_: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a"]).await;
    appended(&**log, "s.1", 2, &["b"]).await;
    appended(&**log, "s1", 3, &["c"]).await;
    let last = appended(&**log, "s", 4, &["d"]).await;
    assert_eq!(texts(&**log, "s").await, ["a", "d"]);
    assert_eq!(texts(&**log, "s.1").await, ["b"]);
    assert_eq!(texts(&**log, "s1").await, ["c"]);
    assert_eq!(log.head(&stream("s")).await.unwrap(), Some(last.last));
}

/// `Empty` holds for a stream without events and for no other.
pub async fn empty_means_no_events(_: &World, log: &Arc<dyn EventLog>) {
    let create = async |batch, text| log.append(&stream("s"), BatchId(batch), events(&[text]), Expect::Empty).await;
    create(1, "a").await.unwrap();
    refused(create(2, "b").await, Code::Conflict, "create a stream that has events");
    assert_eq!(texts(&**log, "s").await, ["a"]);
}

/// `Head` holds for the last event's sequence and for no other; a refusal appends nothing.
pub async fn head_means_this_sequence(_: &World, log: &Arc<dyn EventLog>) {
    let at =
        async |batch, text, head| log.append(&stream("s"), BatchId(batch), events(&[text]), Expect::Head(head)).await;
    refused(at(1, "x", Sequence::START).await, Code::Conflict, "expect head 0 of a stream without events");
    refused(at(2, "x", Sequence(1)).await, Code::Conflict, "expect a head of a stream without events");
    let first = appended(&**log, "s", 3, &["a", "b"]).await;
    appended(&**log, "other", 4, &["elsewhere"]).await;
    refused(at(5, "x", first.first).await, Code::Conflict, "expect an earlier event as head");
    refused(at(6, "x", first.last.next()).await, Code::Conflict, "expect a head that is yet to come");
    let second = at(7, "c", first.last).await.unwrap();
    refused(at(8, "x", first.last).await, Code::Conflict, "expect the head of before");
    at(9, "d", second.last).await.unwrap();
    assert_eq!(texts(&**log, "s").await, ["a", "b", "c", "d"]);
}

/// `HeadOf` fences an append by another stream's last event: after a takeover the earlier owner's appends are refused.
pub async fn head_of_fences_by_another_stream(_: &World, log: &Arc<dyn EventLog>) {
    let fenced = async |batch, text, marker| {
        log.append(&stream("work"), BatchId(batch), events(&[text]), Expect::HeadOf(stream("owner"), marker)).await
    };
    refused(fenced(1, "x", Sequence(1)).await, Code::Conflict, "fenced by a stream without events");
    let first_owner = appended(&**log, "owner", 2, &["one"]).await.last;
    fenced(3, "a", first_owner).await.unwrap();
    fenced(4, "b", first_owner).await.unwrap();
    let second_owner = appended(&**log, "owner", 5, &["two"]).await.last;
    refused(fenced(6, "zombie", first_owner).await, Code::Conflict, "fenced by an earlier owner");
    fenced(7, "c", second_owner).await.unwrap();
    assert_eq!(texts(&**log, "work").await, ["a", "b", "c"]);
}
