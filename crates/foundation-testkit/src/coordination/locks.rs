//! Locks.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::coordination::Guarded;
use foundation_core::port::storage::KeyValue;

use super::{LONG, SHORT, at_last, distant, name, program};
use crate::case::refused;
use crate::world::World;

/// A free lock is taken, a held one is refused, and everybody sees whose it is; other names and kinds are apart.
pub async fn a_free_lock_is_taken_and_a_held_one_refused(world: &World, store: &Arc<dyn KeyValue>) {
    let (one, two) = (program(world, store, 1, LONG), program(world, store, 2, LONG));
    let (mine, theirs) = (one.lock(&name("a")).unwrap(), two.lock(&name("a")).unwrap());
    assert_eq!(theirs.holder().await.unwrap(), None);
    let lease = mine.try_take().await.unwrap().expect("nobody has it");
    assert!(theirs.try_take().await.unwrap().is_none());
    assert!(mine.try_take().await.unwrap().is_none(), "not even its holder has it twice");
    let (node, token) = theirs.holder().await.unwrap().expect("it is held");
    assert_eq!((node.as_str(), token), ("n1", lease.token().unwrap()));
    assert!(two.lock(&name("a.b")).unwrap().try_take().await.unwrap().is_some());
    assert!(two.election(&name("a")).unwrap().try_lead("").await.unwrap().is_ok());
    lease.release().await.unwrap();
    assert_eq!(mine.holder().await.unwrap(), None);
}

/// Of many that want a free lock at once exactly one gets it.
pub async fn one_of_many_takes_a_free_lock(world: &World, store: &Arc<dyn KeyValue>) {
    let racers = (0..8).map(|number| {
        let lock = program(world, store, number, LONG).lock(&name("a")).unwrap();
        async move { lock.try_take().await.unwrap() }
    });
    let leases = world.race(racers).await;
    assert_eq!(leases.iter().flatten().count(), 1, "{leases:?}");
}

/// Tokens rise from holder to holder, also over those of other locks.
pub async fn tokens_rise(world: &World, store: &Arc<dyn KeyValue>) {
    let mut last = None;
    for round in 0..6 {
        let lock = program(world, store, round % 3, LONG).lock(&name(["a", "b"][round as usize % 2])).unwrap();
        let lease = lock.take(at_last(world)).await.unwrap();
        let token = lease.token().unwrap();
        assert!(last < Some(token), "{last:?}, then {token:?}");
        last = Some(token);
        if round.is_multiple_of(2) {
            lease.release().await.unwrap();
        }
    }
}

/// Who waits gets the lock when it is released.
pub async fn a_release_lets_a_waiter_in(world: &World, store: &Arc<dyn KeyValue>) {
    let lease = program(world, store, 0, LONG).lock(&name("a")).unwrap().try_take().await.unwrap().unwrap();
    let first = lease.token().unwrap();
    let until = at_last(world);
    let waiters = (1..=3).map(|number| {
        let lock = program(world, store, number, LONG).lock(&name("a")).unwrap();
        async move {
            let lease = lock.take(until).await.unwrap();
            let token = lease.token().unwrap();
            lease.release().await.unwrap();
            Some(token)
        }
    });
    type Racer = foundation_core::port::BoxFuture<'static, Option<foundation_core::coordination::Token>>;
    let mut racers: Vec<Racer> = waiters.map(|waiter| Box::pin(waiter) as Racer).collect();
    let clock = Arc::clone(&world.clock);
    racers.push(Box::pin(async move {
        clock.sleep(Duration::from_millis(100)).await;
        lease.release().await.unwrap();
        None
    }));
    let mut tokens: Vec<_> = world.race(racers).await.into_iter().flatten().collect();
    tokens.push(first);
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!((tokens.len(), tokens.first()), (4, Some(&first)));
}

/// Who waits too long is told who has the lock.
pub async fn a_waiter_is_told_who_has_the_lock(world: &World, store: &Arc<dyn KeyValue>) {
    let _lease = program(world, store, 7, LONG).lock(&name("a")).unwrap().try_take().await.unwrap().unwrap();
    let lock = program(world, store, 2, LONG).lock(&name("a")).unwrap();
    let until = world.clock.now() + Duration::from_millis(300);
    let error = refused(world.within("the deadline", lock.take(until)).await, Code::Held, "wait for a held lock");
    assert!(error.what().contains("`n7`"), "{error}");
    assert!(world.clock.now() >= until);
    // A deadline that has passed still allows one try.
    refused(lock.take(until).await, Code::Held, "wait until now");
}

/// The lock of a program that died comes free when its lease is over, for one with a higher token.
pub async fn the_lock_of_a_dead_holder_comes_free(world: &World, store: &Arc<dyn KeyValue>) {
    let (dying, connection) = distant(world, store, 1, SHORT);
    let lease = dying.lock(&name("a")).unwrap().try_take().await.unwrap().unwrap();
    let before = lease.token().unwrap();
    connection.cut();
    let next = program(world, store, 2, LONG).lock(&name("a")).unwrap().take(at_last(world)).await.unwrap();
    assert!(!lease.is_held(), "its holder stopped before");
    refused(lease.token(), Code::LeaseLost, "the token of a lease that is over");
    assert!(next.token().unwrap() > before);
}

/// Programs whose answers are lost take turns: nobody's use is refused by a later holder's, and all of them are done.
pub async fn locks_are_right_where_answers_are_lost(world: &World, store: &Arc<dyn KeyValue>) {
    let used = Arc::new(Guarded::new(Vec::new()));
    let until = at_last(world);
    let racers = (0..4_u64).map(|number| {
        let (program, connection) = distant(world, store, number, LONG);
        connection.lose_answers(4);
        let (lock, used) = (program.lock(&name("a")).unwrap(), Arc::clone(&used));
        async move {
            for _ in 0..3 {
                let lease = lock.take(until).await.unwrap();
                let token = lease.token().unwrap();
                used.with(token, |list| list.push(token)).unwrap();
                lease.release().await.unwrap();
            }
        }
    });
    world.race(racers).await;
    let used = used.with(used.highest(), |list| list.clone()).unwrap();
    assert_eq!(used.len(), 12);
    assert!(used.is_sorted_by(|a, b| a < b), "{used:?}");
}

/// Whoever waits rides out a store that is away for a while; at its deadline it is told why it got nothing.
pub async fn waiters_ride_out_a_store_that_is_away(world: &World, store: &Arc<dyn KeyValue>) {
    let (program, connection) = distant(world, store, 1, LONG);
    connection.set_away(true);
    let soon = world.clock.now() + Duration::from_millis(400);
    let semaphore = program.semaphore(&name("a"), 1).unwrap();
    refused(semaphore.take(soon).await, Code::ServiceUnavailable, "wait for a store that is away");
    let until = at_last(world);
    let (lock, barrier) = (program.lock(&name("a")).unwrap(), program.barrier(&name("a"), 1).unwrap());
    let clock = Arc::clone(&world.clock);
    type Racer = foundation_core::port::BoxFuture<'static, ()>;
    let racers: Vec<Racer> = vec![
        Box::pin(async move { assert!(lock.take(until).await.unwrap().is_held()) }),
        Box::pin(async move { assert!(semaphore.take(until).await.unwrap().lease().is_held()) }),
        Box::pin(async move { assert_eq!(barrier.wait(until).await.unwrap().generation, 0) }),
        Box::pin(async move {
            clock.sleep(Duration::from_millis(700)).await;
            connection.set_away(false);
        }),
    ];
    world.race(racers).await;
}
