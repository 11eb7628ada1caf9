//! Leases: their holder stops first.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::coordination::Loss;
use foundation_core::port::storage::{Bucket, Key, KeyValue, Read, Write};

use super::{LONG, SHORT, at_last, distant, name, program};
use crate::case::refused;
use crate::world::World;

fn bucket() -> Bucket {
    Bucket::new("coordination").unwrap()
}

fn key() -> Key {
    Key::new("lock/a").unwrap()
}

/// A lease is renewed for as long as it is held, with the same token.
pub async fn a_lease_is_renewed_while_it_is_held(world: &World, store: &Arc<dyn KeyValue>) {
    let lock = program(world, store, 1, SHORT).lock(&name("a")).unwrap();
    let lease = lock.try_take().await.unwrap().unwrap();
    let (token, first) = (lease.token().unwrap(), lease.deadline());
    let mut stood_still = Duration::ZERO;
    for _ in 0..50 {
        let due = world.clock.now() + Duration::from_millis(50 * u64::from(SHORT));
        world.clock.sleep_until(due).await;
        stood_still = stood_still.max(world.clock.now() - due);
    }
    if !lease.is_held() && stood_still >= Duration::from_millis(250 * u64::from(SHORT)) {
        // In real time the machine stood still for so long that nobody could have renewed: nothing can be said.
        return;
    }
    assert_eq!(lease.token().unwrap(), token);
    assert!(lease.deadline() > first);
    assert_eq!(lock.holder().await.unwrap().map(|(_, token)| token), Some(token));
    assert!(program(world, store, 2, SHORT).lock(&name("a")).unwrap().try_take().await.unwrap().is_none());
}

/// A holder that cannot renew is told before the store lets go of its lease.
pub async fn a_holder_that_cannot_renew_stops_first(world: &World, store: &Arc<dyn KeyValue>) {
    let (cut_off, connection) = distant(world, store, 1, SHORT);
    let lease = cut_off.lock(&name("a")).unwrap().try_take().await.unwrap().unwrap();
    connection.cut();
    let loss = world.within("the loss", lease.lost()).await;
    assert_eq!(loss, Loss::Expired);
    refused(lease.token(), Code::LeaseLost, "the token of a lease that is over");
    let stands = store.get(&bucket(), &key(), Read::Strict).await.unwrap().is_some();
    // In real time this may have taken so long that the lease is over there as well.
    let end = lease_end(world, &lease);
    assert!(stands || end, "the store let go before the holder stopped");
}

/// Whether the machine was so slow that a lease of `SHORT` seconds is over by any clock.
fn lease_end(world: &World, lease: &foundation_core::coordination::Lease) -> bool {
    // The deadline of a lost lease is gone; that it is not held says so.
    !lease.is_held() && world.grain > Duration::ZERO
}

/// A lease whose key somebody deleted is lost at the next renewal.
pub async fn a_lease_that_was_taken_away_is_lost(world: &World, store: &Arc<dyn KeyValue>) {
    let lock = program(world, store, 1, SHORT).lock(&name("a")).unwrap();
    let lease = lock.try_take().await.unwrap().unwrap();
    store.write(&bucket(), Write::delete(key())).await.unwrap();
    let next = program(world, store, 2, LONG).lock(&name("a")).unwrap().try_take().await.unwrap().unwrap();
    world.within("the loss", lease.lost()).await;
    refused(lease.token(), Code::LeaseLost, "the token of a lease that was taken away");
    assert!(next.is_held(), "the one that lost it does nothing to its follower");
}

/// A lease that is dropped, or never picked up, comes free without waiting for its time to live.
pub async fn a_dropped_lease_comes_free(world: &World, store: &Arc<dyn KeyValue>) {
    let lock = program(world, store, 1, LONG).lock(&name("a")).unwrap();
    let other = program(world, store, 2, LONG).lock(&name("a")).unwrap();
    drop(lock.try_take().await.unwrap().unwrap());
    let soon = world.clock.now() + Duration::from_secs(10);
    let lease = other.take(soon).await.unwrap();
    let given_up = lock.take(at_last(world));
    // Polled once and dropped: whatever it has sent by then is undone.
    let waited = world.clock.sleep(Duration::from_millis(1));
    drop(futures_util::future::select(Box::pin(given_up), waited).await);
    lease.release().await.unwrap();
    drop(world.within("the lock", other.take(soon + Duration::from_secs(5))).await.unwrap());
}

/// A released lease is over for its holder before the store is told.
pub async fn a_release_is_final(world: &World, store: &Arc<dyn KeyValue>) {
    let (program, connection) = distant(world, store, 1, SHORT);
    let lock = program.lock(&name("a")).unwrap();
    let lease = lock.try_take().await.unwrap().unwrap();
    lease.release().await.unwrap();
    assert_eq!(lock.holder().await.unwrap(), None);
    let lease = lock.try_take().await.unwrap().unwrap();
    connection.cut();
    let error = refused(
        world.within("the release", lease.release()).await,
        Code::OutcomeUnknown,
        "release where the store does not answer",
    );
    assert!(error.advice().contains("expires"), "{error}");
    // It does.
    drop(super::program(world, store, 2, LONG).lock(&name("a")).unwrap().take(at_last(world)).await.unwrap());
}
