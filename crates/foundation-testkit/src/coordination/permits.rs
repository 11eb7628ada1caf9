//! Semaphores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::storage::KeyValue;

use super::{LONG, SHORT, at_last, distant, name, program};
use crate::case::refused;
use crate::world::World;

/// There are as many permits as were named, each in a place of its own, and one that is given back can be taken.
pub async fn there_are_as_many_permits_as_named(world: &World, store: &Arc<dyn KeyValue>) {
    let semaphore = program(world, store, 1, LONG).semaphore(&name("a"), 3).unwrap();
    let other = program(world, store, 2, LONG).semaphore(&name("a"), 3).unwrap();
    let mut permits = Vec::new();
    for number in 0..3 {
        let from = if number == 1 { &other } else { &semaphore };
        permits.push(from.try_take().await.unwrap().expect("there is one left"));
    }
    assert!(other.try_take().await.unwrap().is_none());
    assert_eq!(other.taken().await.unwrap(), 3);
    let mut places: Vec<u32> = permits.iter().map(|permit| permit.place()).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2]);
    let soon = world.clock.now() + Duration::from_millis(200);
    refused(world.within("the deadline", other.take(soon)).await, Code::Held, "wait for a permit");
    let given_back = permits.remove(1);
    let (place, token) = (given_back.place(), given_back.token().unwrap());
    given_back.release().await.unwrap();
    let next = other.take(at_last(world)).await.unwrap();
    assert_eq!(next.place(), place);
    assert!(next.token().unwrap() > token);
    refused(program(world, store, 1, LONG).semaphore(&name("a"), 0), Code::InvalidConfiguration, "no permits");
}

/// However many come, never more than the permits are inside at once, and all get in.
pub async fn never_more_inside_than_permits(world: &World, store: &Arc<dyn KeyValue>) {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let until = at_last(world);
    let racers = (0..6).map(|number| {
        let semaphore = program(world, store, number, LONG).semaphore(&name("a"), 2).unwrap();
        let (inside, most, clock) = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&world.clock));
        async move {
            let permit = semaphore.take(until).await.unwrap();
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            clock.sleep(Duration::from_millis(20)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            permit.release().await.unwrap();
        }
    });
    world.race(racers).await;
    let most = most.load(Ordering::SeqCst);
    // In real time, a store may take longer to answer the second than the first one stays inside.
    assert!(most == 2 || most == 1 && !world.grain.is_zero(), "{most} inside at once");
}

/// The permit of a program that died comes back when its lease is over.
pub async fn permits_of_the_dead_come_back(world: &World, store: &Arc<dyn KeyValue>) {
    let (dying, connection) = distant(world, store, 1, SHORT);
    let lost = dying.semaphore(&name("a"), 2).unwrap().try_take().await.unwrap().unwrap();
    let semaphore = program(world, store, 2, LONG).semaphore(&name("a"), 2).unwrap();
    let _kept = semaphore.try_take().await.unwrap().unwrap();
    connection.cut();
    let back = semaphore.take(at_last(world)).await.unwrap();
    assert_eq!(back.place(), lost.place());
    assert!(!lost.lease().is_held());
}
