//! Many writers at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence};
use futures_util::StreamExt as _;

use super::{appended, events, read, stream, text};
use crate::world::World;

const WRITERS: u128 = 6;
const BATCHES: u128 = 12;

/// Of many that expect one head, exactly one appends; in the end nobody's decision was lost.
pub async fn one_of_many_decides(world: &World, log: &Arc<dyn EventLog>) {
    let mut expect = Expect::Empty;
    for round in 0..5_u128 {
        let racers = (0..WRITERS).map(|racer| {
            let (log, expect) = (Arc::clone(log), expect.clone());
            let batch = BatchId(round * WRITERS + racer);
            async move { log.append(&stream("s"), batch, events(&[&racer.to_string()]), expect).await }
        });
        let results = world.race(racers).await;
        let winners: Vec<usize> = (0..results.len()).filter(|racer| results[*racer].is_ok()).collect();
        assert_eq!(winners.len(), 1, "winners of round {round}: {winners:?}");
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(error.code(), Code::Conflict, "{error}");
        }
        let found = read(&**log, "s", Sequence::START).await;
        assert_eq!(found.len(), round as usize + 1);
        let last = found.last().unwrap();
        assert_eq!(text(last), winners[0].to_string());
        expect = Expect::Head(last.sequence);
    }
}

/// Each writer's appends keep their order, every event is there once, batches stand together as they were, and a
/// subscriber sees the same as a reader.
pub async fn writers_keep_their_order(world: &World, log: &Arc<dyn EventLog>) {
    let mut subscription = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let log = Arc::clone(log);
        async move {
            let mut last = Sequence::START;
            for step in 0..BATCHES {
                let (one, two) = (format!("{writer}:{step}.0"), format!("{writer}:{step}.1"));
                let name = if step % 3 == 2 { "other" } else { "s" };
                let answer = appended(&*log, name, 1 + writer * BATCHES + step, &[&one, &two]).await;
                assert!(answer.first < answer.last);
                if name == "s" {
                    assert!(answer.first > last, "{answer:?} after {last:?}");
                    last = answer.last;
                }
            }
        }
    });
    world.race(writers).await;

    let found = read(&**log, "s", Sequence::START).await;
    assert!(found.is_sorted_by(|earlier, later| earlier.sequence < later.sequence));
    let mut by_writer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in ["s", "other"] {
        for recorded in read(&**log, name, Sequence::START).await {
            let told = text(&recorded);
            let (writer, step) = told.split_once(':').unwrap();
            by_writer.entry(format!("{name} {writer}")).or_default().push(step.to_owned());
        }
    }
    assert_eq!(by_writer.len(), 2 * WRITERS as usize);
    for (writer, steps) in by_writer {
        let is_other = writer.starts_with("other");
        let expected: Vec<String> = (0..BATCHES)
            .filter(|step| (step % 3 == 2) == is_other)
            .flat_map(|step| [format!("{step}.0"), format!("{step}.1")])
            .collect();
        assert_eq!(steps, expected, "{writer}");
    }
    for recorded in &found {
        let told = world.within("the next event", subscription.next()).await.unwrap().unwrap();
        assert_eq!(told, *recorded);
    }
}

/// A read that begins after an append was acknowledged sees it, whoever else writes.
pub async fn acknowledged_means_readable(world: &World, log: &Arc<dyn EventLog>) {
    let writers = (0..WRITERS).map(|writer| {
        let log = Arc::clone(log);
        async move {
            for step in 0..BATCHES {
                let told = format!("{writer}:{step}");
                let answer = appended(&*log, "s", 1 + writer * BATCHES + step, &[&told]).await;
                let found = read(&*log, "s", answer.first).await;
                assert_eq!(found.first().map(text), Some(told));
                assert!(log.head(&stream("s")).await.unwrap() >= Some(answer.last));
            }
        }
    });
    world.race(writers).await;
}
