//! Barriers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foundation_core::Code;
use foundation_core::coordination::Passage;
use foundation_core::port::storage::{Bucket, Key, KeyRange, KeyValue, Read};
use futures_util::StreamExt as _;

use super::{LONG, SHORT, at_last, distant, name, program};
use crate::case::refused;
use crate::world::World;

/// Each of three parties passes a barrier several times, and none is a round ahead of another.
async fn rounds(world: &World, store: &Arc<dyn KeyValue>, one_in: u32) {
    const PARTIES: u64 = 3;
    const ROUNDS: u64 = 4;
    let come = Arc::new(AtomicU64::new(0));
    let until = at_last(world);
    let racers = (0..PARTIES).map(|number| {
        let (program, connection) = distant(world, store, number, LONG);
        connection.lose_answers(one_in);
        let barrier = program.barrier(&name("a"), PARTIES as u32).unwrap();
        let come = Arc::clone(&come);
        async move {
            let mut last = 0;
            for round in 0..ROUNDS {
                come.fetch_add(1, Ordering::SeqCst);
                let Passage { generation, was_last } = barrier.wait(until).await.unwrap();
                assert_eq!(generation, round);
                assert!(come.load(Ordering::SeqCst) >= (round + 1) * PARTIES, "round {round} opened early");
                last += u64::from(was_last);
            }
            last
        }
    });
    let last: u64 = world.race(racers).await.into_iter().sum();
    assert_eq!(last, ROUNDS, "one party of each round was the last");
}

/// All parties go on together, round after round.
pub async fn all_parties_go_on_together(world: &World, store: &Arc<dyn KeyValue>) {
    rounds(world, store, 0).await;
}

/// So they do where answers are lost and writes come late.
pub async fn barriers_are_right_where_answers_are_lost(world: &World, store: &Arc<dyn KeyValue>) {
    rounds(world, store, 4).await;
}

/// A party that gave up is not counted, and a barrier is not opened by too few.
pub async fn a_party_that_gave_up_is_not_counted(world: &World, store: &Arc<dyn KeyValue>) {
    let barrier = program(world, store, 1, LONG).barrier(&name("a"), 2).unwrap();
    for _ in 0..2 {
        let soon = world.clock.now() + Duration::from_millis(100);
        let error = refused(barrier.wait(soon).await, Code::Timeout, "wait alone");
        assert!(error.what().contains("0 others"), "{error}");
    }
    // Dropped in the middle, as a process that is killed would do it.
    let waited = world.clock.sleep(Duration::from_millis(100));
    drop(futures_util::future::select(Box::pin(barrier.wait(at_last(world))), waited).await);
    world.pass(Duration::from_millis(300)).await;
    world.within("the end of the dropped one's lease", nobody_is_seated(world, &**store)).await;
    let other = program(world, store, 2, LONG).barrier(&name("a"), 2).unwrap();
    let soon = world.clock.now() + Duration::from_millis(300);
    refused(other.wait(soon).await, Code::Timeout, "wait with one that was dropped");
    let refuse = program(world, store, 3, LONG).barrier(&name("a"), 0);
    refused(refuse, Code::InvalidConfiguration, "no parties");
}

/// Waits until no party has a lease at the barrier `a`.
async fn nobody_is_seated(world: &World, store: &dyn KeyValue) {
    let (bucket, seats) = (Bucket::new("coordination").unwrap(), KeyRange::between("barrier/a/", "barrier/a0"));
    while store.scan(&bucket, seats.clone(), Read::Strict).await.unwrap().count().await > 0 {
        world.pass(Duration::from_millis(10)).await;
    }
}

/// A party that died is not counted once its lease is over; those that are alive go on when there are enough.
pub async fn a_dead_party_is_not_counted(world: &World, store: &Arc<dyn KeyValue>) {
    let (dying, connection) = distant(world, store, 1, SHORT);
    let lost = dying.barrier(&name("a"), 2).unwrap();
    let until = at_last(world);
    type Racer = foundation_core::port::BoxFuture<'static, Passage>;
    let one = program(world, store, 2, LONG);
    let two = program(world, store, 3, LONG).barrier(&name("a"), 2).unwrap();
    let (alone, seen_alone) = futures_channel::oneshot::channel();
    let clock = Arc::clone(&world.clock);
    let cutter: Racer = Box::pin(async move {
        clock.sleep(Duration::from_millis(500)).await;
        connection.cut();
        clock.sleep(Duration::from_secs(u64::from(SHORT) + 2)).await;
        // The dead one is on the roll, and alone.
        let barrier = one.barrier(&name("a"), 2).unwrap();
        let soon = clock.now() + Duration::from_millis(500);
        assert_eq!(barrier.wait(soon).await.unwrap_err().code(), Code::Timeout);
        // The other one may have failed already.
        let _ = alone.send(());
        barrier.wait(until).await.unwrap()
    });
    let late: Racer = Box::pin(async move {
        seen_alone.await.expect("the other one waits for it");
        two.wait(until).await.unwrap()
    });
    // The dead one hears nothing any more, until its lease is over.
    world.spawner.spawn("dead party", async move {
        let _ = lost.wait(until).await;
    });
    let passed = world.race([cutter, late]).await;
    let generations: Vec<u64> = passed.iter().map(|passage| passage.generation).collect();
    assert_eq!(generations, [0, 0]);
}

/// Whether somebody waits, or has waited, at the barrier `a`.
async fn is_on_the_roll(store: &dyn KeyValue) -> bool {
    let (bucket, key) = (Bucket::new("coordination").unwrap(), Key::new("barrier/a").unwrap());
    store.get(&bucket, &key, Read::Strict).await.unwrap().is_some()
}

/// Parties that name different numbers do not meet by accident.
pub async fn parties_have_to_agree(world: &World, store: &Arc<dyn KeyValue>) {
    let until = at_last(world);
    let two = program(world, store, 1, LONG).barrier(&name("a"), 2).unwrap();
    let three = program(world, store, 2, LONG).barrier(&name("a"), 3).unwrap();
    let (clock, roll) = (Arc::clone(&world.clock), Arc::clone(store));
    type Racer = foundation_core::port::BoxFuture<'static, bool>;
    let waits: Racer = Box::pin(async move { two.wait(until).await.is_ok() });
    let other = program(world, store, 3, LONG).barrier(&name("a"), 2).unwrap();
    let differs: Racer = Box::pin(async move {
        while !is_on_the_roll(&*roll).await {
            clock.sleep(Duration::from_millis(10)).await;
        }
        let error = three.wait(until).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
        other.wait(until).await.is_ok()
    });
    assert_eq!(world.race([waits, differs]).await, [true, true]);
}
