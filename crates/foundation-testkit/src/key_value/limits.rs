//! Limits: as large as the floor at least, met exactly, and refused beyond.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{KeyRange, KeyValue, KeyValueLimits, Write};

use super::{bucket, entry, key, keys, put};
use crate::case::refused;
use crate::world::World;

/// The adapter takes at least what the port promises.
pub async fn limits_reach_the_floor(_: &World, store: &Arc<dyn KeyValue>) {
    let (limits, floor) = (store.limits(), KeyValueLimits::FLOOR);
    assert!(limits.value_bytes >= floor.value_bytes, "{limits:?}");
    assert!(limits.batch_writes >= floor.batch_writes, "{limits:?}");
    assert!(limits.batch_bytes >= floor.batch_bytes, "{limits:?}");
}

/// A value of exactly the largest size is taken; one more byte is refused, and the old value stands.
pub async fn values_up_to_the_limit(_: &World, store: &Arc<dyn KeyValue>) {
    let most = store.limits().value_bytes;
    let revision = store.write(&bucket(), Write::put(key("a"), vec![7; most])).await.unwrap();
    assert_eq!(entry(&**store, "a").await.unwrap().value, vec![7; most]);
    let larger = Write::put(key("a"), vec![8; most + 1]);
    refused(store.write(&bucket(), larger).await, Code::InvalidInput, "a value that is too large");
    assert_eq!(entry(&**store, "a").await.unwrap().revision, revision);
}

/// A batch of nothing is refused: it could answer no revision.
pub async fn a_batch_of_nothing_is_refused(_: &World, store: &Arc<dyn KeyValue>) {
    refused(store.commit(&bucket(), Vec::new()).await, Code::InvalidInput, "a batch of nothing");
}

/// A batch of exactly the most writes is taken; one more is refused, and nothing of it is written.
pub async fn batches_up_to_the_most_writes(_: &World, store: &Arc<dyn KeyValue>) {
    let most = store.limits().batch_writes;
    let batch = |count: usize, name: &str| (0..count).map(|n| put(&format!("{name}{n:06}"), "")).collect::<Vec<_>>();
    store.commit(&bucket(), batch(most, "fits")).await.unwrap();
    assert_eq!(keys(&**store, KeyRange::prefix("fits")).await.len(), most);
    let larger = batch(most + 1, "more");
    refused(store.commit(&bucket(), larger).await, Code::InvalidInput, "a batch of too many writes");
    assert_eq!(keys(&**store, KeyRange::prefix("more")).await, Vec::<String>::new());
}

/// A batch of exactly the most bytes, keys and values together, is taken; one more byte is refused, and nothing of it
/// is written.
pub async fn batches_up_to_the_most_bytes(_: &World, store: &Arc<dyn KeyValue>) {
    let limits = store.limits();
    let Some(fits) = batch_of(limits.batch_bytes, "fits", limits) else {
        panic!("a batch of {} bytes cannot be built within {limits:?}", limits.batch_bytes);
    };
    let count = fits.len();
    store.commit(&bucket(), fits).await.unwrap();
    assert_eq!(keys(&**store, KeyRange::prefix("fits")).await.len(), count);
    // Where the other limits forbid it already, they refuse it just as well.
    if let Some(larger) = batch_of(limits.batch_bytes + 1, "more", limits) {
        refused(store.commit(&bucket(), larger).await, Code::InvalidInput, "a batch of too many bytes");
        assert_eq!(keys(&**store, KeyRange::prefix("more")).await, Vec::<String>::new());
    }
}

/// A batch of exactly `bytes` bytes, if the other limits allow for one.
fn batch_of(bytes: usize, name: &str, limits: KeyValueLimits) -> Option<Vec<Write>> {
    let mut batch = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let key = key(&format!("{name}{:06}", batch.len()));
        let size = left.checked_sub(key.as_str().len())?.min(limits.value_bytes);
        left -= size + key.as_str().len();
        // What is left for the last write has to hold its key.
        let size = if (1..=key.as_str().len()).contains(&left) {
            let shortened = size.checked_sub(key.as_str().len())?;
            left += key.as_str().len();
            shortened
        } else {
            size
        };
        batch.push(Write::put(key, vec![1; size]));
    }
    (batch.len() <= limits.batch_writes).then_some(batch)
}
