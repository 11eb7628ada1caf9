//! Reading, listing, subscribing.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{EventLog, Recorded, Sequence};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};

use super::{appended, read, stream, text, texts};
use crate::world::World;

/// A stream that does not exist reads as empty, has no head and is not listed; asking does not make it.
pub async fn unknown_streams_read_as_empty(_: &World, log: &Arc<dyn EventLog>) {
    assert_eq!(read(&**log, "s", Sequence::START).await, []);
    assert_eq!(read(&**log, "s", Sequence(5)).await, []);
    assert_eq!(log.head(&stream("s")).await.unwrap(), None);
    drop(log.subscribe(&stream("s"), Sequence::START).await.unwrap());
    assert_eq!(log.streams("").await.unwrap(), []);
}

/// A read begins with the sequence it names, or the next one where that is a hole, and is empty beyond the head.
pub async fn reads_begin_where_they_are_told(_: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a", "b"]).await;
    appended(&**log, "other", 2, &["x"]).await;
    let head = appended(&**log, "s", 3, &["c", "d"]).await.last;
    let all = read(&**log, "s", Sequence::START).await;
    for (place, recorded) in all.iter().enumerate() {
        assert_eq!(read(&**log, "s", recorded.sequence).await, all[place..]);
        assert_eq!(read(&**log, "s", recorded.sequence.next()).await, all[place + 1..]);
    }
    assert_eq!(read(&**log, "s", head.next()).await, []);
}

/// A read ends at the head of the moment it began at.
pub async fn reads_end_at_the_head(_: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a", "b"]).await;
    let reading = log.read(&stream("s"), Sequence::START).await.unwrap();
    appended(&**log, "s", 2, &["c"]).await;
    let found: Vec<Recorded> = reading.try_collect().await.unwrap();
    assert_eq!(found.iter().map(text).collect::<Vec<_>>(), ["a", "b"]);
}

/// A long stream is read whole.
pub async fn long_reads_are_whole(_: &World, log: &Arc<dyn EventLog>) {
    let mut expected = Vec::new();
    for batch in 0..60 {
        let some: Vec<String> = (0..20).map(|number| format!("{batch}.{number}")).collect();
        let some_texts: Vec<&str> = some.iter().map(String::as_str).collect();
        appended(&**log, "s", batch, &some_texts).await;
        expected.extend(some);
    }
    assert_eq!(texts(&**log, "s").await, expected);
}

/// Streams are listed by prefix, in order, and only those that have events.
pub async fn streams_are_listed_by_prefix(_: &World, log: &Arc<dyn EventLog>) {
    for (batch, name) in ["b", "a.2", "a.1", "ab", "a"].into_iter().enumerate() {
        appended(&**log, name, batch as u128, &["x"]).await;
    }
    for (prefix, expected) in [
        ("", vec!["a", "a.1", "a.2", "ab", "b"]),
        ("a", vec!["a", "a.1", "a.2", "ab"]),
        ("a.", vec!["a.1", "a.2"]),
        ("a.1", vec!["a.1"]),
        ("c", vec![]),
    ] {
        let found = log.streams(prefix).await.unwrap();
        assert_eq!(found.iter().map(|name| name.as_str()).collect::<Vec<_>>(), expected, "prefix `{prefix}`");
    }
}

/// A subscription tells what is there, then goes on with what comes.
pub async fn a_subscription_catches_up_and_goes_on(world: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a", "b"]).await;
    let mut events = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    assert_eq!(take(world, &mut events, 2).await, ["a", "b"]);
    assert_idle(world, &mut events).await;
    appended(&**log, "other", 2, &["x"]).await;
    appended(&**log, "s", 3, &["c", "d"]).await;
    assert_eq!(take(world, &mut events, 2).await, ["c", "d"]);
    assert_idle(world, &mut events).await;
}

/// A subscription begins where it is told: at a stream that does not exist yet, at an event, after the head.
pub async fn a_subscription_begins_where_it_is_told(world: &World, log: &Arc<dyn EventLog>) {
    let mut early = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    assert_idle(world, &mut early).await;
    let first = appended(&**log, "s", 1, &["a", "b"]).await;
    let mut middle = log.subscribe(&stream("s"), first.last).await.unwrap();
    let mut late = log.subscribe(&stream("s"), first.last.next()).await.unwrap();
    assert_idle(world, &mut late).await;
    appended(&**log, "s", 2, &["c"]).await;
    assert_eq!(take(world, &mut early, 3).await, ["a", "b", "c"]);
    assert_eq!(take(world, &mut middle, 2).await, ["b", "c"]);
    assert_eq!(take(world, &mut late, 1).await, ["c"]);
}

/// A subscription that waits is woken by an append, without anybody else's help.
pub async fn a_waiting_subscription_is_woken(world: &World, log: &Arc<dyn EventLog>) {
    let mut events = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    let (log, clock) = (Arc::clone(log), Arc::clone(&world.clock));
    world.spawner.spawn("appender", async move {
        clock.sleep(Duration::from_millis(20)).await;
        appended(&*log, "s", 1, &["a"]).await;
    });
    assert_eq!(take(world, &mut events, 1).await, ["a"]);
}

/// A subscriber that does not read for a long time loses nothing.
pub async fn a_slow_subscriber_loses_nothing(world: &World, log: &Arc<dyn EventLog>) {
    let mut events = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    let some: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let some: Vec<&str> = some.iter().map(String::as_str).collect();
    for batch in 0..20 {
        appended(&**log, "s", batch, &some).await;
    }
    assert_eq!(take(world, &mut events, 2_000).await, some.repeat(20));
    assert_idle(world, &mut events).await;
}

async fn take(world: &World, events: &mut BoxStream<'static, Result<Recorded>>, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    let mut last = Sequence::START;
    while taken.len() < count {
        let next = world.within("the next event of a subscription", events.next()).await;
        let recorded = next.expect("a subscription does not end").unwrap();
        assert!(recorded.sequence > last, "{:?} after {last:?}", recorded.sequence);
        last = recorded.sequence;
        taken.push(text(&recorded));
    }
    taken
}

async fn assert_idle(world: &World, events: &mut BoxStream<'static, Result<Recorded>>) {
    world.pass(Duration::from_millis(20)).await;
    if let Some(told) = events.next().now_or_never() {
        panic!("nothing was appended, and the subscription told {told:?}");
    }
}
