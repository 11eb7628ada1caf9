//! `MemoryKeyValue` keeps the contract of `KeyValue`, and what it says of its history.

use std::sync::Arc;

use foundation_core::port::storage::{Bucket, Change, Key, KeyRange, KeyValue, Revision, WatchFrom, Write};
use foundation_memory::{MemoryKeyValue, Simulation};
use foundation_testkit::Simulated;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::threaded::Threaded;

mod simulated {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn KeyValue> {
        Simulated::<dyn KeyValue>::new(seed, |world| Arc::new(MemoryKeyValue::new(world.clock())))
    }

    foundation_testkit::key_value_contract!(make, seeds = 4);
}

/// With little history a slow watch is told `Compacted`.
mod forgetful {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn KeyValue> {
        let new = |world: &Simulation| MemoryKeyValue::new(world.clock()).with_history(8);
        Simulated::<dyn KeyValue>::new(seed, |world| Arc::new(new(world)))
    }

    foundation_testkit::key_value_contract!(make, seeds = 2);
}

mod threaded {
    use super::*;

    fn make(_: u64) -> Threaded<dyn KeyValue> {
        Threaded::<dyn KeyValue>::hurried(|world| Arc::new(MemoryKeyValue::new(Arc::clone(&world.clock))))
    }

    foundation_testkit::key_value_contract!(make);
}

/// Ten changes, of which four are kept: after the sixth or a later one nothing is missing.
#[test]
fn a_watch_is_told_compacted_exactly_when_changes_are_missing() {
    let world = Simulation::new(1);
    let store = MemoryKeyValue::new(world.clock()).with_history(4);
    let bucket = Bucket::new("b").unwrap();
    let revisions: Vec<Revision> = (0..10)
        .map(|number| {
            let write = Write::put(Key::new(format!("k{number}")).unwrap(), "");
            world.block_on(store.write(&bucket, write)).unwrap()
        })
        .collect();
    let told = |from| {
        let mut watch = world.block_on(store.watch(&bucket, KeyRange::all(), from)).unwrap();
        let mut told = Vec::new();
        while let Some(Some(change)) = watch.next().now_or_never() {
            told.push(change.unwrap());
        }
        told
    };
    for (place, revision) in revisions.iter().enumerate() {
        let told = told(WatchFrom::After(*revision));
        if place < 5 {
            assert_eq!(told.first(), Some(&Change::Compacted), "after {place}");
            assert_eq!(told.len(), 12, "after {place}: {told:?}");
        } else {
            assert_eq!(told.len(), 9 - place, "after {place}: {told:?}");
        }
    }
}
