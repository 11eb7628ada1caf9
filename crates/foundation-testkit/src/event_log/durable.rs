//! What a durable [`EventLog`] owes beyond that: each case has two lives.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, Recorded, Sequence};
use futures_util::TryStreamExt as _;

use super::{appended, events, read, stream, texts};
use crate::case::{refused, run_twice};
use crate::harness::Reopen;
use crate::world::World;

/// Events, their sequences and the head outlive the instance; expectations go on from there, and sequences rise.
pub fn events_outlive_the_instance<H: Reopen<Port = dyn EventLog>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |_: &World, log: &Arc<dyn EventLog>| {
        appended(&**log, "s", 1, &["a", "b"]).await;
        appended(&**log, "other", 2, &["x"]).await;
        appended(&**log, "s", 3, &["c"]).await;
        read(&**log, "s", Sequence::START).await
    };
    let after = async |_: &World, log: &Arc<dyn EventLog>, found: Vec<Recorded>| {
        assert_eq!(read(&**log, "s", Sequence::START).await, found);
        assert_eq!(texts(&**log, "other").await, ["x"]);
        assert_eq!(log.streams("").await.unwrap(), [stream("other"), stream("s")]);
        let head = found.last().unwrap().sequence;
        let create = log.append(&stream("s"), BatchId(4), events(&["x"]), Expect::Empty).await;
        refused(create, Code::Conflict, "create a stream that has events");
        let next = log.append(&stream("s"), BatchId(5), events(&["d"]), Expect::Head(head)).await.unwrap();
        assert!(next.first > head);
        assert_eq!(texts(&**log, "s").await, ["a", "b", "c", "d"]);
    };
    run_twice(seeds, make, before, after);
}

/// A batch that was acknowledged in the earlier life is a duplicate in the next one.
pub fn batches_are_remembered_over_lives<H: Reopen<Port = dyn EventLog>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |_: &World, log: &Arc<dyn EventLog>| {
        let first = appended(&**log, "s", 1, &["a", "b"]).await;
        appended(&**log, "other", 2, &["x"]).await;
        first
    };
    let after = async |_: &World, log: &Arc<dyn EventLog>, first: Appended| {
        let again = log.append(&stream("s"), BatchId(1), events(&["a", "b"]), Expect::Empty).await.unwrap();
        assert_eq!(again, Appended { duplicate: true, ..first });
        assert_eq!(texts(&**log, "s").await, ["a", "b"]);
    };
    run_twice(seeds, make, before, after);
}

/// What was trimmed stays trimmed, and a read from before it is refused in the next life as well.
pub fn trims_outlive_the_instance<H: Reopen<Port = dyn EventLog>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |_: &World, log: &Arc<dyn EventLog>| {
        let place = appended(&**log, "s", 1, &["a", "b"]).await.first;
        log.trim(&stream("s"), Sequence(u64::MAX)).await.unwrap();
        place
    };
    let after = async |_: &World, log: &Arc<dyn EventLog>, trimmed: Sequence| {
        assert_eq!(texts(&**log, "s").await, ["b"]);
        let reading = async { log.read(&stream("s"), trimmed).await?.try_collect::<Vec<_>>().await };
        refused(reading.await, Code::Compacted, "a read from before a trim");
    };
    run_twice(seeds, make, before, after);
}
