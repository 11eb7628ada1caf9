//! Batches: all or nothing.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{Condition, KeyRange, KeyValue, Revision, Write};

use super::{bucket, entry, key, keys, put, value, wrote};
use crate::case::refused;
use crate::world::World;

/// A batch writes, deletes and keeps to each write's own condition.
pub async fn batches_take_effect_as_one(_: &World, store: &Arc<dyn KeyValue>) {
    let old = wrote(&**store, "old", "1").await;
    wrote(&**store, "gone", "1").await;
    let batch = vec![
        put("old", "2").when(Condition::At(old)),
        put("new", "2").when(Condition::Absent),
        Write::delete(key("gone")),
        put("any", "2"),
    ];
    store.commit(&bucket(), batch).await.unwrap();
    assert_eq!(keys(&**store, KeyRange::all()).await, ["any", "new", "old"]);
    for text in ["any", "new", "old"] {
        assert_eq!(value(&**store, text).await.as_deref(), Some("2"));
    }
}

/// Wherever in a batch a condition fails, nothing of the batch is written.
pub async fn a_refused_batch_writes_nothing(_: &World, store: &Arc<dyn KeyValue>) {
    let standing = wrote(&**store, "standing", "1").await;
    wrote(&**store, "kept", "1").await;
    let failing = [
        put("standing", "x").when(Condition::Absent),
        put("standing", "x").when(Condition::At(Revision(standing.0 + 1))),
        put("other", "x").when(Condition::At(standing)),
        put("other", "x").when(Condition::Fenced { by: key("standing"), at: Revision(standing.0 + 1) }),
        put("other", "x").when(Condition::Fenced { by: key("nowhere"), at: standing }),
    ];
    for bad in failing {
        for place in 0..=3 {
            let mut batch = vec![put("n1", "x"), Write::delete(key("kept")), put("n2", "x").when(Condition::Absent)];
            batch.insert(place, bad.clone());
            refused(store.commit(&bucket(), batch).await, Code::Conflict, "a batch with a condition that fails");
            assert_eq!(keys(&**store, KeyRange::all()).await, ["kept", "standing"], "{bad:?} at place {place}");
            assert_eq!(entry(&**store, "standing").await.unwrap().revision, standing);
        }
    }
}

/// Conditions see the bucket as it was before the batch.
pub async fn conditions_are_judged_before_the_batch(_: &World, store: &Arc<dyn KeyValue>) {
    let owner = wrote(&**store, "owner", "one").await;
    let batch = vec![
        put("owner", "two").when(Condition::At(owner)),
        put("state", "taken over").when(Condition::Fenced { by: key("owner"), at: owner }),
    ];
    store.commit(&bucket(), batch).await.unwrap();
    assert_eq!(value(&**store, "state").await.as_deref(), Some("taken over"));
    assert_eq!(value(&**store, "owner").await.as_deref(), Some("two"));
}

/// A key may appear once in a batch.
pub async fn a_key_twice_is_refused(_: &World, store: &Arc<dyn KeyValue>) {
    let batch = vec![put("a", "1"), put("b", "1"), Write::delete(key("a"))];
    refused(store.commit(&bucket(), batch).await, Code::InvalidInput, "a key twice in a batch");
    assert_eq!(keys(&**store, KeyRange::all()).await, Vec::<String>::new());
}

/// A reader that has seen one write of a batch sees the others.
pub async fn nobody_sees_half_a_batch(world: &World, store: &Arc<dyn KeyValue>) {
    const ROUNDS: u32 = 30;
    let write = Arc::clone(store);
    let writer = async move {
        for round in 1..=ROUNDS {
            let text = format!("{round:03}");
            write.commit(&bucket(), vec![put("a", &text), put("b", &text)]).await.unwrap();
        }
    };
    let reader = |first: &'static str, second: &'static str| {
        let store = Arc::clone(store);
        async move {
            for _ in 0..ROUNDS {
                let earlier = value(&*store, first).await;
                let later = value(&*store, second).await;
                assert!(later >= earlier, "`{first}` was {earlier:?}, and then `{second}` was still {later:?}");
            }
        }
    };
    let racers: Vec<foundation_core::port::BoxFuture<'static, ()>> =
        vec![Box::pin(writer), Box::pin(reader("a", "b")), Box::pin(reader("b", "a"))];
    world.race(racers).await;
}
