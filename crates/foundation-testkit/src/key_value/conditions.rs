//! Conditions, alone and against competitors.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{Condition, KeyValue, Read, Revision, Write};

use super::{bucket, entry, key, put, value, wrote};
use crate::case::refused;
use crate::world::World;

/// How many compete.
const RACERS: usize = 12;

/// `Absent` holds for a key that was never written or was deleted, and for no other; a refusal writes nothing.
pub async fn absent_means_no_value(_: &World, store: &Arc<dyn KeyValue>) {
    let create = |text| put("a", text).when(Condition::Absent);
    store.write(&bucket(), create("1")).await.unwrap();
    refused(store.write(&bucket(), create("2")).await, Code::Conflict, "create over a value");
    refused(
        store.write(&bucket(), Write::delete(key("a")).when(Condition::Absent)).await,
        Code::Conflict,
        "delete a value if absent",
    );
    assert_eq!(value(&**store, "a").await.as_deref(), Some("1"));
    store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    store.write(&bucket(), create("3")).await.unwrap();
    assert_eq!(value(&**store, "a").await.as_deref(), Some("3"));
}

/// `At` holds for the revision that stands and for no other: not an older one, not a deleted one, not where nothing
/// stands; a refusal writes nothing.
pub async fn at_means_this_revision(_: &World, store: &Arc<dyn KeyValue>) {
    let update = |text, revision| put("a", text).when(Condition::At(revision));
    refused(store.write(&bucket(), update("0", Revision(1))).await, Code::Conflict, "update where nothing stands");
    refused(store.write(&bucket(), update("0", Revision(0))).await, Code::Conflict, "update at revision 0");
    let first = wrote(&**store, "a", "1").await;
    let second = store.write(&bucket(), update("2", first)).await.unwrap();
    refused(store.write(&bucket(), update("3", first)).await, Code::Conflict, "update at an older revision");
    let ahead = Revision(second.0 + 1_000);
    refused(store.write(&bucket(), update("3", ahead)).await, Code::Conflict, "update at a revision yet to come");
    let found = entry(&**store, "a").await.unwrap();
    assert_eq!((&found.value[..], found.revision), (&b"2"[..], second));

    let deleted = store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    for revision in [second, deleted] {
        refused(store.write(&bucket(), update("4", revision)).await, Code::Conflict, "update what was deleted");
    }
    wrote(&**store, "a", "5").await;
    refused(store.write(&bucket(), update("6", second)).await, Code::Conflict, "update what was deleted and came back");
    assert_eq!(value(&**store, "a").await.as_deref(), Some("5"));
}

/// A delete can have a condition as well.
pub async fn deletes_can_be_conditional(_: &World, store: &Arc<dyn KeyValue>) {
    let first = wrote(&**store, "a", "1").await;
    let second = wrote(&**store, "a", "2").await;
    let delete = |revision| Write::delete(key("a")).when(Condition::At(revision));
    refused(store.write(&bucket(), delete(first)).await, Code::Conflict, "delete at an older revision");
    assert_eq!(value(&**store, "a").await.as_deref(), Some("2"));
    store.write(&bucket(), delete(second)).await.unwrap();
    assert_eq!(entry(&**store, "a").await, None);
    refused(store.write(&bucket(), delete(second)).await, Code::Conflict, "delete what is gone");
}

/// A fenced write takes effect only while the other key's value has the revision that it names.
pub async fn fences_hold_zombies_off(_: &World, store: &Arc<dyn KeyValue>) {
    let fenced = |text, at| put("state", text).when(Condition::Fenced { by: key("owner"), at });
    refused(store.write(&bucket(), fenced("0", Revision(1))).await, Code::Conflict, "fenced by a key without value");
    let first_owner = wrote(&**store, "owner", "one").await;
    store.write(&bucket(), fenced("1", first_owner)).await.unwrap();
    store.write(&bucket(), fenced("2", first_owner)).await.unwrap();

    let second_owner = wrote(&**store, "owner", "two").await;
    refused(store.write(&bucket(), fenced("zombie", first_owner)).await, Code::Conflict, "after a takeover");
    let delete = Write::delete(key("state")).when(Condition::Fenced { by: key("owner"), at: first_owner });
    refused(store.write(&bucket(), delete).await, Code::Conflict, "delete after a takeover");
    assert_eq!(value(&**store, "state").await.as_deref(), Some("2"));
    store.write(&bucket(), fenced("3", second_owner)).await.unwrap();
    assert_eq!(value(&**store, "state").await.as_deref(), Some("3"));

    store.write(&bucket(), Write::delete(key("owner"))).await.unwrap();
    refused(store.write(&bucket(), fenced("4", second_owner)).await, Code::Conflict, "after the owner's end");
    assert_eq!(value(&**store, "state").await.as_deref(), Some("3"));
}

/// Of many that create one key, exactly one succeeds, and its value stands.
pub async fn one_of_many_creates(world: &World, store: &Arc<dyn KeyValue>) {
    for round in 0..5 {
        let name = format!("k{round}");
        let results = race(world, store, |racer| put(&name, &racer.to_string()).when(Condition::Absent)).await;
        assert_winner(&**store, &name, &results).await;
    }
}

/// Of many that update one revision, exactly one succeeds, and its value stands.
pub async fn one_of_many_updates(world: &World, store: &Arc<dyn KeyValue>) {
    let mut revision = wrote(&**store, "a", "start").await;
    for _ in 0..5 {
        let results = race(world, store, |racer| put("a", &racer.to_string()).when(Condition::At(revision))).await;
        let winner = assert_winner(&**store, "a", &results).await;
        assert!(winner > revision);
        revision = winner;
    }
}

/// Counting by read and conditional write loses no count.
pub async fn no_update_is_lost(world: &World, store: &Arc<dyn KeyValue>) {
    const STEPS: usize = 5;
    let counters = (0..RACERS / 2).map(|_| {
        let store = Arc::clone(store);
        async move {
            for _ in 0..STEPS {
                loop {
                    let found = store.get(&bucket(), &key("count"), Read::Strict).await.unwrap();
                    let (count, condition) = match &found {
                        None => (0, Condition::Absent),
                        Some(entry) => {
                            let text = std::str::from_utf8(&entry.value).unwrap();
                            (text.parse::<usize>().unwrap(), Condition::At(entry.revision))
                        }
                    };
                    let write = put("count", &(count + 1).to_string()).when(condition);
                    match store.write(&bucket(), write).await {
                        Ok(_) => break,
                        Err(error) => assert_eq!(error.code(), Code::Conflict, "{error}"),
                    }
                }
            }
        }
    });
    world.race(counters).await;
    assert_eq!(value(&**store, "count").await, Some((RACERS / 2 * STEPS).to_string()));
}

async fn race(
    world: &World,
    store: &Arc<dyn KeyValue>,
    write: impl Fn(usize) -> Write,
) -> Vec<foundation_core::Result<Revision>> {
    let racers: Vec<_> = (0..RACERS)
        .map(|racer| {
            let (store, write) = (Arc::clone(store), write(racer));
            async move { store.write(&bucket(), write).await }
        })
        .collect();
    world.race(racers).await
}

/// Exactly one racer won, the others were told of a conflict, and the winner's value stands.
async fn assert_winner(store: &dyn KeyValue, name: &str, results: &[foundation_core::Result<Revision>]) -> Revision {
    let winners: Vec<usize> = (0..results.len()).filter(|racer| results[*racer].is_ok()).collect();
    assert_eq!(winners.len(), 1, "winners of `{name}`: {winners:?}");
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(error.code(), Code::Conflict, "{error}");
    }
    let found = entry(store, name).await.unwrap();
    assert_eq!(found.value, winners[0].to_string());
    let revision = results[winners[0]].as_ref().unwrap();
    assert_eq!(found.revision, *revision);
    *revision
}
