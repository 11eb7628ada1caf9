//! Counters.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::coordination::{Counter, OperationId};
use foundation_core::port::storage::KeyValue;

use super::{LONG, distant, name, program};
use crate::case::refused;
use crate::world::World;

/// Additions of many are all in the sum, which never shows less than was acknowledged.
pub async fn many_adders_lose_nothing(world: &World, store: &Arc<dyn KeyValue>) {
    let counter = program(world, store, 0, LONG).counter(&name("a")).unwrap();
    assert_eq!(counter.get().await.unwrap(), 0);
    let racers = (0..6_i64).map(|number| {
        let counter = program(world, store, number.unsigned_abs(), LONG).counter(&name("a")).unwrap();
        async move {
            for step in 1..=8 {
                let after = counter.add(number).await.unwrap();
                assert!(after >= number * step && counter.get().await.unwrap() >= after);
            }
        }
    });
    world.race(racers).await;
    assert_eq!(counter.get().await.unwrap(), 8 * (1 + 2 + 3 + 4 + 5));
    assert_eq!(counter.add(-200).await.unwrap(), -80);
    counter.add(i64::MIN + 80).await.unwrap();
    refused(counter.add(-1).await, Code::InvalidInput, "a sum below the range");
    assert_eq!(counter.get().await.unwrap(), i64::MIN);
}

/// Adds until it is known to have been added.
async fn added(counter: &Counter, operation: OperationId, number: i64) {
    while let Err(error) = counter.add_once(operation, number).await {
        assert_eq!(error.code(), Code::OutcomeUnknown, "{error}");
    }
}

/// Where answers are lost and writes come late, each addition still counts once.
pub async fn additions_count_once_where_answers_are_lost(world: &World, store: &Arc<dyn KeyValue>) {
    let racers = (0..4_u64).map(|number| {
        let (program, connection) = distant(world, store, number, LONG);
        connection.lose_answers(2);
        let counter = program.counter(&name("a")).unwrap();
        async move {
            for step in 0..8 {
                added(&counter, OperationId(u128::from(number * 100 + step)), 1).await;
            }
        }
    });
    world.race(racers).await;
    let counter = program(world, store, 9, LONG).counter(&name("a")).unwrap();
    assert_eq!(counter.get().await.unwrap(), 32);
    // Writes that are still on their way come too late by now.
    world.pass(std::time::Duration::from_millis(300)).await;
    assert_eq!(counter.get().await.unwrap(), 32);
}

/// An addition that is asked for again, by anybody, is not made again.
pub async fn a_named_addition_counts_once(world: &World, store: &Arc<dyn KeyValue>) {
    let one = program(world, store, 1, LONG).counter(&name("a")).unwrap();
    let two = program(world, store, 2, LONG).counter(&name("a")).unwrap();
    assert_eq!(one.add_once(OperationId(7), 5).await.unwrap(), 5);
    assert_eq!(two.add_once(OperationId(7), 5).await.unwrap(), 5);
    assert_eq!(two.add_once(OperationId(8), 5).await.unwrap(), 10);
    assert_eq!(one.add_once(OperationId(7), 5).await.unwrap(), 10);
    let other = program(world, store, 1, LONG).counter(&name("b")).unwrap();
    assert_eq!(other.add_once(OperationId(7), 1).await.unwrap(), 1, "counters are apart");
}
