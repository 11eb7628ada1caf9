//! What a durable [`KeyValue`] owes beyond that: each case has two lives.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::{Condition, Entry, KeyRange, KeyValue, Revision, Ttl, WatchFrom, Write};
use futures_util::StreamExt as _;

use super::{bucket, entry, key, put, scanned, value, wrote};
use crate::case::{refused, run_twice};
use crate::harness::Reopen;
use crate::world::World;

/// Values, their revisions and deletions outlive the instance; conditions go on from there.
pub fn values_outlive_the_instance<H: Reopen<Port = dyn KeyValue>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |_: &World, store: &Arc<dyn KeyValue>| {
        wrote(&**store, "a", "1").await;
        wrote(&**store, "gone", "1").await;
        store.commit(&bucket(), vec![put("b", "2"), put("c", ""), Write::delete(key("gone"))]).await.unwrap();
        scanned(&**store, KeyRange::all()).await
    };
    let after = async |_: &World, store: &Arc<dyn KeyValue>, entries: Vec<Entry>| {
        assert_eq!(scanned(&**store, KeyRange::all()).await, entries);
        let old = put("a", "2").when(Condition::At(entries[1].revision));
        refused(store.write(&bucket(), old).await, Code::Conflict, "update at another key's revision");
        store.write(&bucket(), put("a", "2").when(Condition::At(entries[0].revision))).await.unwrap();
        store.write(&bucket(), put("gone", "2").when(Condition::Absent)).await.unwrap();
    };
    run_twice(seeds, make, before, after);
}

/// Revisions never go back, also if the last writes were deletes and nothing is left.
pub fn revisions_outlive_the_instance<H: Reopen<Port = dyn KeyValue>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |_: &World, store: &Arc<dyn KeyValue>| {
        wrote(&**store, "a", "1").await;
        store.write(&bucket(), Write::delete(key("a"))).await.unwrap()
    };
    let after = async |_: &World, store: &Arc<dyn KeyValue>, last: Revision| {
        assert!(wrote(&**store, "b", "1").await > last);
    };
    run_twice(seeds, make, before, after);
}

/// What had time to live left expires, what had none stays.
pub fn lives_outlive_the_instance<H: Reopen<Port = dyn KeyValue>>(seeds: u64, make: impl Fn(u64) -> H) {
    let before = async |world: &World, store: &Arc<dyn KeyValue>| {
        wrote(&**store, "kept", "1").await;
        store.write(&bucket(), put("a", "1").expiring(Ttl::seconds(2))).await.unwrap();
        world.clock.now()
    };
    let after = async |world: &World, store: &Arc<dyn KeyValue>, _: Monotonic| {
        // The clock of this life has nothing to do with that of the first, so only an upper bound can be checked.
        world.until(world.clock.now() + Ttl::seconds(2).as_duration()).await;
        assert_eq!(entry(&**store, "a").await, None);
        assert_eq!(value(&**store, "kept").await.as_deref(), Some("1"));
    };
    run_twice(seeds, make, before, after);
}

/// A watch from a revision of the earlier life goes on, or says that it cannot.
pub fn watches_go_on_in_the_next_life<H: Reopen<Port = dyn KeyValue>>(seeds: u64, make: impl Fn(u64) -> H) {
    use foundation_core::port::storage::Change;
    let before = async |_: &World, store: &Arc<dyn KeyValue>| {
        let seen = wrote(&**store, "a", "1").await;
        wrote(&**store, "b", "1").await;
        seen
    };
    let after = async |world: &World, store: &Arc<dyn KeyValue>, seen: Revision| {
        wrote(&**store, "c", "1").await;
        let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::After(seen)).await.unwrap();
        let mut told = Vec::new();
        let mut expected = vec!["b", "c"];
        while told.len() < expected.len() {
            match world.within("the next change", watch.next()).await.unwrap().unwrap() {
                Change::Compacted => {
                    told.clear();
                    expected = vec!["a", "b", "c"];
                }
                Change::Put(entry) => told.push(entry.key.as_str().to_owned()),
                other => panic!("was told {other:?}"),
            }
        }
        assert_eq!(told, expected);
    };
    run_twice(seeds, make, before, after);
}
