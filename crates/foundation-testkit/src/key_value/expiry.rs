//! Time to live.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::{Condition, KeyRange, KeyValue, Revision, Ttl, Write};

use super::{bucket, entry, key, keys, put, value, wrote};
use crate::case::refused;
use crate::world::World;

/// Writes with a time to live; answers the revision and between which points the value has to go.
async fn lease(world: &World, store: &dyn KeyValue, write: Write, ttl: Ttl) -> (Revision, Monotonic, Monotonic) {
    let before = world.clock.now();
    let revision = store.write(&bucket(), write.expiring(ttl)).await.unwrap();
    (revision, before + ttl.as_duration(), world.clock.now() + ttl.as_duration())
}

/// The value stands, unless reading it took until its time was over.
async fn assert_stands(world: &World, store: &dyn KeyValue, text: &str, until: Monotonic) {
    let found = entry(store, text).await;
    assert!(found.is_some() || world.clock.now() >= until, "`{text}` went before its time");
}

/// A value is there until its time is over, and then gone for reads and scans.
pub async fn values_expire_at_their_time(world: &World, store: &Arc<dyn KeyValue>) {
    wrote(&**store, "stays", "1").await;
    let (_, earliest, latest) = lease(world, &**store, put("a", "1"), Ttl::seconds(2)).await;
    world.until_before(earliest).await;
    assert_stands(world, &**store, "a", earliest).await;
    world.until(latest).await;
    assert_eq!(entry(&**store, "a").await, None);
    assert_eq!(keys(&**store, KeyRange::all()).await, ["stays"]);
}

/// The shortest time to live is a second.
pub async fn the_shortest_life_is_a_second(world: &World, store: &Arc<dyn KeyValue>) {
    assert_eq!(Ttl::seconds(0), Ttl::seconds(1));
    let (_, earliest, latest) = lease(world, &**store, put("a", "1"), Ttl::seconds(0)).await;
    world.until_before(earliest).await;
    assert_stands(world, &**store, "a", earliest).await;
    world.until(latest).await;
    assert_eq!(entry(&**store, "a").await, None);
}

/// For conditions an expired value is not there: `Absent` holds, `At` does not; and revisions go on rising.
pub async fn conditions_see_expiry(world: &World, store: &Arc<dyn KeyValue>) {
    let (first, earliest, _) = lease(world, &**store, put("a", "1"), Ttl::seconds(1)).await;
    let (fence, _, latest) = lease(world, &**store, put("fence", "1"), Ttl::seconds(1)).await;
    let take = || put("a", "2").when(Condition::Absent);
    world.until_before(earliest).await;
    let taken = store.write(&bucket(), take()).await;
    if taken.is_ok() && world.clock.now() >= earliest {
        // In real time the machine was so slow that the lease was over: nothing can be said.
        return;
    }
    refused(taken, Code::Conflict, "take a lease that is held");
    world.until(latest + Duration::from_millis(100)).await;
    let renew = put("a", "zombie").when(Condition::At(first));
    refused(store.write(&bucket(), renew).await, Code::Conflict, "renew a lease that ran out");
    let fenced = put("b", "zombie").when(Condition::Fenced { by: key("fence"), at: fence });
    refused(store.write(&bucket(), fenced).await, Code::Conflict, "fenced by a lease that ran out");
    let second = store.write(&bucket(), take()).await.unwrap();
    assert!(second > first);
    refused(
        store.write(&bucket(), put("a", "zombie").when(Condition::At(first))).await,
        Code::Conflict,
        "renew a lease that another took",
    );
    assert_eq!(value(&**store, "a").await.as_deref(), Some("2"));
}

/// Every write sets the time to live anew: a renewal lengthens it, a write without one ends it, a delete ignores it.
pub async fn every_write_sets_the_life_anew(world: &World, store: &Arc<dyn KeyValue>) {
    let (revision, first_earliest, first_latest) = lease(world, &**store, put("renewed", "1"), Ttl::seconds(2)).await;
    lease(world, &**store, put("kept", "1"), Ttl::seconds(2)).await;
    lease(world, &**store, put("shortened", "1"), Ttl::seconds(100)).await;
    world.pass(Duration::from_secs(1)).await;
    let renew = put("renewed", "2").when(Condition::At(revision)).expiring(Ttl::seconds(2));
    let earliest = world.clock.now() + Ttl::seconds(2).as_duration();
    match store.write(&bucket(), renew).await {
        // In real time the machine was so slow that its time was over: nothing can be said.
        Err(error) if error.code() == Code::Conflict && world.clock.now() >= first_earliest => return,
        renewed => drop(renewed.unwrap()),
    }
    let latest = world.clock.now() + Ttl::seconds(2).as_duration();
    let (.., shortened_end) = lease(world, &**store, put("shortened", "2"), Ttl::seconds(1)).await;
    wrote(&**store, "kept", "2").await;
    lease(world, &**store, Write::delete(key("deleted")), Ttl::seconds(1)).await;

    world.until(first_latest.max(shortened_end)).await;
    assert_eq!(entry(&**store, "shortened").await, None);
    world.until_before(earliest).await;
    assert_stands(world, &**store, "renewed", earliest).await;
    world.until(latest).await;
    assert_eq!(keys(&**store, KeyRange::all()).await, ["kept"]);
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(value(&**store, "kept").await.as_deref(), Some("2"));
}
