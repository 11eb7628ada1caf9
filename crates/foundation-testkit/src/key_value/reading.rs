//! Reading, deleting, scanning; revisions.

use std::sync::Arc;

use foundation_core::port::storage::{Bucket, KeyRange, KeyValue, Read, Revision, Write};
use futures_util::TryStreamExt as _;

use super::{bucket, entry, key, keys, put, scanned, value, wrote};
use crate::world::World;

/// A key that was never written, in a bucket that was never named, reads as nothing.
pub async fn unknown_keys_read_as_nothing(_: &World, store: &Arc<dyn KeyValue>) {
    for read in [Read::Strict, Read::Local] {
        assert_eq!(store.get(&bucket(), &key("a"), read).await.unwrap(), None);
        let found: Vec<_> = store.scan(&bucket(), KeyRange::all(), read).await.unwrap().try_collect().await.unwrap();
        assert_eq!(found, []);
    }
}

/// What was written is read, under its key, with the revision that the write answered; also by a local read of the
/// same instance.
pub async fn written_values_are_read(_: &World, store: &Arc<dyn KeyValue>) {
    for text in ["one", "two", ""] {
        let revision = wrote(&**store, "a.b-c/d_e=f", text).await;
        for read in [Read::Strict, Read::Local] {
            let found = store.get(&bucket(), &key("a.b-c/d_e=f"), read).await.unwrap().unwrap();
            assert_eq!((&found.value[..], found.revision), (text.as_bytes(), revision), "{read:?}");
            assert_eq!(found.key, key("a.b-c/d_e=f"));
        }
    }
    let bytes: Vec<u8> = (0..=255).collect();
    store.write(&bucket(), Write::put(key("binary"), bytes.clone())).await.unwrap();
    assert_eq!(entry(&**store, "binary").await.unwrap().value, bytes);
}

/// Buckets have nothing to do with each other, also where one's name begins with the other's.
pub async fn buckets_are_apart(_: &World, store: &Arc<dyn KeyValue>) {
    let (one, two) = (Bucket::new("contract-1").unwrap(), Bucket::new("contract-12").unwrap());
    store.write(&one, put("a", "one")).await.unwrap();
    store.write(&two, put("2a", "other")).await.unwrap();
    store.write(&two, put("a", "two")).await.unwrap();
    let of = async |bucket: &Bucket| store.get(bucket, &key("a"), Read::Strict).await.unwrap().unwrap().value;
    assert_eq!((of(&one).await, of(&two).await), ("one".into(), "two".into()));
    store.write(&one, Write::delete(key("a"))).await.unwrap();
    assert_eq!(of(&two).await, "two");
    let left: Vec<_> = store.scan(&one, KeyRange::all(), Read::Strict).await.unwrap().try_collect().await.unwrap();
    assert_eq!(left, []);
}

/// A deleted key reads as nothing and is not scanned; deleting what is not there is no error; a key can come back.
pub async fn deleted_keys_are_gone(_: &World, store: &Arc<dyn KeyValue>) {
    store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    wrote(&**store, "a", "1").await;
    store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    for read in [Read::Strict, Read::Local] {
        assert_eq!(store.get(&bucket(), &key("a"), read).await.unwrap(), None);
    }
    assert_eq!(keys(&**store, KeyRange::all()).await, Vec::<String>::new());
    store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    wrote(&**store, "a", "2").await;
    assert_eq!(value(&**store, "a").await.as_deref(), Some("2"));
}

/// Revisions begin above zero and rise with every write to the bucket, over keys, deletes, and inside a batch.
pub async fn revisions_rise(_: &World, store: &Arc<dyn KeyValue>) {
    let mut seen = vec![Revision(0)];
    for _ in 0..3 {
        seen.push(wrote(&**store, "a", "1").await);
        seen.push(wrote(&**store, "b", "1").await);
        seen.push(store.write(&bucket(), Write::delete(key("a"))).await.unwrap());
        let batch = vec![put("a", "2"), Write::delete(key("b")), put("c", "2")];
        let revisions = store.commit(&bucket(), batch).await.unwrap();
        assert_eq!(revisions.len(), 3, "one revision for each write");
        assert_eq!(entry(&**store, "a").await.unwrap().revision, revisions[0]);
        assert_eq!(entry(&**store, "c").await.unwrap().revision, revisions[2]);
        seen.extend(revisions);
    }
    assert!(seen.is_sorted_by(|earlier, later| earlier < later), "{seen:?}");
}

/// A scan goes by the bytes of the keys and tells value and revision.
pub async fn scans_go_in_order(_: &World, store: &Arc<dyn KeyValue>) {
    let mut texts = ["b", "a.z", "a", "a/b", "a-b", "A", "a=b", "a_b", "0", "aa", "z9", "a0"];
    for text in texts {
        wrote(&**store, text, text).await;
    }
    texts.sort_unstable();
    let found = scanned(&**store, KeyRange::all()).await;
    assert_eq!(found.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), texts);
    for found in found {
        assert_eq!(found.value, found.key.as_str().as_bytes().to_vec());
        assert_eq!(Some(found.revision), entry(&**store, found.key.as_str()).await.map(|entry| entry.revision));
    }
}

/// A scan keeps to its range: prefixes that are no whole keys, a first bound that counts, a last bound that does not,
/// bounds that are no keys, and bounds that cross.
pub async fn scans_keep_to_their_range(_: &World, store: &Arc<dyn KeyValue>) {
    for text in ["a", "a.1", "a.2", "ab", "b", "b.1"] {
        wrote(&**store, text, "x").await;
    }
    for (range, expected) in [
        (KeyRange::prefix("a"), vec!["a", "a.1", "a.2", "ab"]),
        (KeyRange::prefix("a."), vec!["a.1", "a.2"]),
        (KeyRange::prefix("b.1"), vec!["b.1"]),
        (KeyRange::prefix("c"), vec![]),
        (KeyRange::prefix(""), vec!["a", "a.1", "a.2", "ab", "b", "b.1"]),
        (KeyRange::between("a.1", "b"), vec!["a.1", "a.2", "ab"]),
        (KeyRange::between("a.", "a.2"), vec!["a.1"]),
        (KeyRange::between("ab", "ab"), vec![]),
        (KeyRange::between("b", "a"), vec![]),
    ] {
        assert_eq!(keys(&**store, range.clone()).await, expected, "{range:?}");
    }
}

/// A scan of many entries answers each of them once.
pub async fn long_scans_are_whole(_: &World, store: &Arc<dyn KeyValue>) {
    let texts: Vec<String> = (0..640).map(|number| format!("k{number:04}")).collect();
    for some in texts.chunks(64) {
        store.commit(&bucket(), some.iter().map(|text| put(text, "x")).collect()).await.unwrap();
    }
    assert_eq!(keys(&**store, KeyRange::all()).await, texts);
    assert_eq!(keys(&**store, KeyRange::between("k0100", "k0300")).await, texts[100..300]);
}
