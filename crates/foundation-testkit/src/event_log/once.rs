//! Once per batch id.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Sequence};

use super::{appended, events, stream, texts};
use crate::case::refused;
use crate::world::World;

/// A repeated batch id appends nothing and answers as the first time, with `duplicate` set.
pub async fn a_repeated_batch_appends_nothing(_: &World, log: &Arc<dyn EventLog>) {
    let first = appended(&**log, "s", 1, &["a", "b"]).await;
    appended(&**log, "s", 2, &["c"]).await;
    for texts in [&["a", "b"][..], &["other"][..]] {
        let again = appended(&**log, "s", 1, texts).await;
        assert_eq!(again, Appended { duplicate: true, ..first });
    }
    assert_eq!(texts(&**log, "s").await, ["a", "b", "c"]);
}

/// The batch id is looked at before the expectation: who tries again after a lost answer expects what no longer holds.
pub async fn a_repeated_batch_may_expect_anything(_: &World, log: &Arc<dyn EventLog>) {
    let append = async |expect| log.append(&stream("s"), BatchId(1), events(&["a"]), expect).await;
    let first = append(Expect::Empty).await.unwrap();
    let others = [
        Expect::Empty,
        Expect::Head(Sequence::START),
        Expect::Head(first.last),
        Expect::Head(first.last.next()),
        Expect::HeadOf(stream("nowhere"), Sequence(1)),
        Expect::Any,
    ];
    for expect in others {
        assert_eq!(append(expect.clone()).await.unwrap(), Appended { duplicate: true, ..first }, "{expect:?}");
    }
    assert_eq!(texts(&**log, "s").await, ["a"]);
}

/// A refused append leaves no trace of its batch id: with an expectation that holds it appends.
pub async fn a_refused_batch_may_try_again(_: &World, log: &Arc<dyn EventLog>) {
    let head = appended(&**log, "s", 1, &["a"]).await.last;
    let append = async |expect| log.append(&stream("s"), BatchId(2), events(&["b"]), expect).await;
    refused(append(Expect::Empty).await, Code::Conflict, "create a stream that has events");
    let second = append(Expect::Head(head)).await.unwrap();
    assert!(!second.duplicate);
    assert_eq!(texts(&**log, "s").await, ["a", "b"]);
}

/// A batch id is remembered for as many later appends, over all streams, as the port promises.
pub async fn batches_are_remembered_long_enough(_: &World, log: &Arc<dyn EventLog>) {
    assert!(log.limits().remembered_batches >= LogLimits::FLOOR.remembered_batches);
    let first = appended(&**log, "s", 0, &["first"]).await;
    let later = LogLimits::FLOOR.remembered_batches - 1;
    for batch in 1..=later {
        appended(&**log, &format!("s{}", batch % 3), batch as u128, &["later"]).await;
    }
    assert_eq!(appended(&**log, "s", 0, &["first"]).await, Appended { duplicate: true, ..first });
    assert_eq!(texts(&**log, "s").await, ["first"]);
}

/// Of many that append one batch at once, all get one answer, one of them as the first.
pub async fn one_batch_by_many_is_appended_once(world: &World, log: &Arc<dyn EventLog>) {
    for round in 0..5 {
        let racers = (0..8).map(|_| {
            let log = Arc::clone(log);
            async move { appended(&*log, "s", 100 + round, &["a", "b"]).await }
        });
        let answers = world.race(racers).await;
        assert_eq!(answers.iter().filter(|answer| !answer.duplicate).count(), 1, "{answers:?}");
        let places: Vec<_> = answers.iter().map(|answer| (answer.first, answer.last)).collect();
        assert!(places.iter().all(|place| *place == places[0]), "{answers:?}");
    }
    assert_eq!(texts(&**log, "s").await, ["a", "b"].repeat(5));
}
