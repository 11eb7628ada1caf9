//! The key-value store beyond its contract: what becomes of older values, of deleted buckets, and of streams that others
//! made.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, deadline};
use foundation_core::port::storage::{
    Bucket, Change, Condition, Entry, Key, KeyRange, KeyValue, Read, Revision, Ttl, WatchFrom, Write,
};
use foundation_core::{Code, Result};
use foundation_memory::SystemClock;
use foundation_nats::{NatsConnection, NatsKeyValue, NatsSettings};
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::server::{Servers, runtime};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn bucket() -> Bucket {
    Bucket::new("own").unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

pub(crate) fn put(text: &str, value: &str) -> Write {
    Write::put(key(text), value.as_bytes().to_vec())
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

pub(crate) async fn connect(settings: NatsSettings) -> NatsKeyValue {
    NatsKeyValue::new(NatsConnection::open(settings, clock()).await.unwrap())
}

pub(crate) async fn entry(store: &NatsKeyValue, text: &str) -> Option<Entry> {
    store.get(&bucket(), &key(text), Read::Strict).await.unwrap()
}

pub(crate) async fn scanned(store: &NatsKeyValue) -> Vec<Entry> {
    store.scan(&bucket(), KeyRange::all(), Read::Strict).await.unwrap().try_collect().await.unwrap()
}

/// What comes next, which has to come.
pub(crate) async fn next(changes: &mut BoxStream<'static, Result<Change>>) -> Change {
    let clock = clock();
    let next = deadline(&*clock, clock.now() + PATIENCE, changes.next()).await;
    next.expect("a change comes").expect("a watch does not end").unwrap()
}

/// Waits until `text` has no value, which has to happen.
async fn until_gone(store: &NatsKeyValue, text: &str) {
    let clock = clock();
    let until = clock.now() + PATIENCE;
    while entry(store, text).await.is_some() {
        assert!(clock.now() < until, "`{text}` does not expire");
        clock.sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn no_older_value_comes_back_when_a_newer_one_goes() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let store = connect(NatsSettings { marker_life: Duration::from_secs(1), ..settings }).await;
            for value in ["1", "2"] {
                for name in ["expires", "deleted"] {
                    store.write(&bucket(), put(name, value)).await.unwrap();
                }
            }
            store.write(&bucket(), put("expires", "3").expiring(Ttl::seconds(1))).await.unwrap();
            store.write(&bucket(), Write::delete(key("deleted"))).await.unwrap();
            until_gone(&store, "expires").await;
            // Until the traces are gone as well: each is kept for a second.
            let clock = clock();
            clock.sleep(Duration::from_millis(2_500)).await;
            assert_eq!(scanned(&store).await, []);
            for name in ["expires", "deleted"] {
                assert_eq!(entry(&store, name).await, None);
                store.write(&bucket(), put(name, "4").when(Condition::Absent)).await.unwrap();
            }
        });
    }
}

#[test]
fn a_key_that_is_taken_again_after_its_end_has_a_time_to_live_again() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let store = connect(settings).await;
            let lease = || put("lease", "x").when(Condition::Absent).expiring(Ttl::seconds(1));
            let clock = clock();
            let mut last = Revision(0);
            for _ in 0..3 {
                let over = clock.now() + Duration::from_secs(1);
                let taken = store.write(&bucket(), lease()).await.unwrap();
                assert!(taken > last);
                last = taken;
                match store.write(&bucket(), lease()).await {
                    // The machine was so slow that its time was over.
                    Ok(again) if clock.now() >= over => last = again,
                    taken_again => assert_eq!(taken_again.unwrap_err().code(), Code::Conflict),
                }
                until_gone(&store, "lease").await;
            }
            store.write(&bucket(), lease()).await.unwrap();
            store.write(&bucket(), Write::delete(key("lease"))).await.unwrap();
            store.write(&bucket(), lease()).await.unwrap();
            until_gone(&store, "lease").await;
        });
    }
}

#[test]
fn batches_create_over_the_traces_of_what_was_there() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let store = connect(settings).await;
            for name in ["deleted", "standing"] {
                store.write(&bucket(), put(name, "1")).await.unwrap();
            }
            store.write(&bucket(), Write::delete(key("deleted"))).await.unwrap();
            let create = |names: &[&str]| -> Vec<Write> {
                names.iter().map(|name| put(name, "2").when(Condition::Absent)).collect()
            };
            let refused = store.commit(&bucket(), create(&["deleted", "standing", "new"])).await.unwrap_err();
            assert_eq!(refused.code(), Code::Conflict, "{refused}");
            assert!(refused.what().contains("`standing`"), "{refused}");
            let revisions = store.commit(&bucket(), create(&["new", "deleted"])).await.unwrap();
            assert_eq!(entry(&store, "deleted").await.map(|entry| entry.revision), Some(revisions[1]));
        });
    }
}

#[test]
fn many_batches_at_once_are_all_committed() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            // Staging that many takes a busy machine longer than it usually waits for an answer.
            let patient = NatsSettings {
                answer_timeout: Duration::from_secs(30),
                resolve_timeout: Duration::from_secs(60),
                duplicate_window: Duration::from_secs(120),
                ..settings
            };
            let store = connect(patient).await;
            // More than the fifty that the server takes at a time.
            let batches = (0..120).map(|number| {
                let store = store.clone();
                async move {
                    let name = format!("k{number}");
                    let batch = vec![put(&format!("{name}.a"), &name), put(&format!("{name}.b"), &name)];
                    store.commit(&bucket(), batch).await
                }
            });
            for result in futures_util::future::join_all(batches).await {
                result.unwrap();
            }
            assert_eq!(scanned(&store).await.len(), 240);
        });
    }
}

#[test]
fn a_key_that_changes_all_the_time_is_read_and_scanned() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let store = connect(NatsSettings { history: 1, ..settings }).await;
            let first = store.write(&bucket(), put("a", "0")).await.unwrap();
            // Several write as fast as they can until the reader has enough.
            let enough = std::sync::atomic::AtomicBool::new(false);
            let is_enough = || enough.load(std::sync::atomic::Ordering::Relaxed);
            let writers = (0..4).map(|_| async {
                while !is_enough() {
                    store.write(&bucket(), put("a", "1")).await.unwrap();
                }
            });
            let reader = async {
                let mut last = first;
                for round in 0..60 {
                    let read = match round % 3 {
                        0 => scanned(&store).await.pop(),
                        _ => entry(&store, "a").await,
                    };
                    let read = read.expect("a key that has a value all the time");
                    assert!(read.revision >= last, "a strict read went back");
                    last = read.revision;
                }
                enough.store(true, std::sync::atomic::Ordering::Relaxed);
            };
            futures_util::future::join(futures_util::future::join_all(writers), reader).await;
        });
    }
}

#[test]
fn a_bucket_that_is_deleted_and_made_again_goes_on_above() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let store = connect(settings.clone()).await;
        let first = store.write(&bucket(), put("a", "1")).await.unwrap();
        let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::After(first)).await.unwrap();
        store.write(&bucket(), put("b", "1")).await.unwrap();
        assert!(matches!(next(&mut watch).await, Change::Put(entry) if entry.key == key("b")));

        let plain = async_nats::connect(&settings.servers).await.unwrap();
        let stream = format!("KV_foundation_{}_own", settings.tenant);
        async_nats::jetstream::new(plain).delete_stream(stream).await.unwrap();
        // Nobody answers for the stream any more, which says nothing about whether it exists; the next call finds out.
        let refused = store.write(&bucket(), put("a", "2")).await.unwrap_err();
        assert_eq!(refused.code(), Code::ServiceUnavailable, "{refused}");
        let again = store.write(&bucket(), put("a", "2")).await.unwrap();
        assert!(again > first, "{again:?} after {first:?}");

        assert_eq!(next(&mut watch).await, Change::Compacted);
        assert!(matches!(next(&mut watch).await, Change::Put(entry) if entry.revision == again));
        assert!(matches!(next(&mut watch).await, Change::Current(_)));
    });
}

#[test]
fn a_stream_that_does_not_fit_is_adjusted_where_that_is_safe_and_refused_otherwise() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let plain = async_nats::jetstream::new(async_nats::connect(&settings.servers).await.unwrap());
        let make = async |bucket: &str, storage| {
            let name = format!("foundation_{}_{bucket}", settings.tenant);
            let config = async_nats::jetstream::stream::Config {
                name: format!("KV_{name}"),
                subjects: vec![format!("$KV.{name}.>")],
                max_messages_per_subject: 1,
                storage,
                ..Default::default()
            };
            plain.create_stream(config).await.unwrap();
            plain.publish(format!("$KV.{name}.a"), "there".into()).await.unwrap().await.unwrap();
        };
        make("plain", async_nats::jetstream::stream::StorageType::File).await;
        make("volatile", async_nats::jetstream::stream::StorageType::Memory).await;
        let store = connect(settings.clone()).await;

        // A plain bucket: batches, times to live and markers are switched on, and what is in it stays.
        let bucket = Bucket::new("plain").unwrap();
        let found = store.get(&bucket, &key("a"), Read::Strict).await.unwrap().unwrap();
        assert_eq!(found.value, "there");
        let batch = vec![put("a", "1").when(Condition::At(found.revision)), put("b", "1").expiring(Ttl::seconds(9))];
        store.commit(&bucket, batch).await.unwrap();

        let error = store.get(&Bucket::new("volatile").unwrap(), &key("a"), Read::Strict).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
        assert!(error.what().contains("memory"), "{error}");
    });
}

#[test]
fn a_watcher_that_lags_too_far_is_told_and_begins_anew() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let store = connect(NatsSettings { history: 2, ..settings }).await;
        let first = store.write(&bucket(), put("a", "0")).await.unwrap();
        for number in 1..=5 {
            store.write(&bucket(), put("a", &number.to_string())).await.unwrap();
        }
        let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::After(first)).await.unwrap();
        assert_eq!(next(&mut watch).await, Change::Compacted);
        assert!(matches!(next(&mut watch).await, Change::Put(entry) if entry.value == "5"));
        assert!(matches!(next(&mut watch).await, Change::Current(_)));
        let last = store.write(&bucket(), put("a", "6")).await.unwrap();
        assert!(matches!(next(&mut watch).await, Change::Put(entry) if entry.revision == last));
    });
}

#[test]
fn a_watcher_that_does_not_read_is_told_what_it_missed() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let store = connect(NatsSettings { history: 2, ..settings }).await;
        let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
        assert!(matches!(next(&mut watch).await, Change::Current(_)));
        // More than wait for it anywhere, each of them dropped by the stream after the next two.
        let mut last = Revision(0);
        for _ in 0..30 {
            let some = (0..100).map(|number| {
                let store = store.clone();
                async move { store.write(&bucket(), put("a", &format!("{number}"))).await.unwrap() }
            });
            last = last.max(futures_util::future::join_all(some).await.into_iter().max().unwrap());
        }
        let (mut was_told, mut seen) = (false, Revision(0));
        while seen < last {
            match next(&mut watch).await {
                Change::Compacted => was_told = true,
                Change::Put(entry) => {
                    assert!(was_told || seen == Revision(0) || entry.revision.0 == seen.0 + 1, "a change is missing");
                    seen = entry.revision;
                }
                _ => {}
            }
        }
        assert!(was_told);
    });
}

/// The end of a lease is missed by a watch that was away, though the value stood before it and nothing came after.
#[test]
fn a_change_that_left_no_trace_is_missed_by_no_watch() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let store = connect(NatsSettings { marker_life: Duration::from_secs(1), ..settings }).await;
        let first = store.write(&bucket(), put("a", "1")).await.unwrap();
        store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
        let clock = clock();
        let last = clock.now() + PATIENCE;
        let mut watch = loop {
            let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::After(first)).await.unwrap();
            match next(&mut watch).await {
                Change::Compacted => break watch,
                // The trace is still there; the server takes it away a second after the delete, or later.
                Change::Removed { .. } if clock.now() < last => clock.sleep(Duration::from_millis(200)).await,
                other => panic!("was told {other:?}"),
            }
        };
        assert!(matches!(next(&mut watch).await, Change::Current(_)));
    });
}

#[test]
fn reads_and_scans_see_what_others_wrote_before_them() {
    let Some(settings) = Servers::Three.settings() else { return };
    let urls = settings.servers.clone();
    runtime().block_on(async {
        // Each on a server of its own, so that followers answer.
        let mut stores = Vec::new();
        for url in urls {
            stores.push(connect(NatsSettings { servers: vec![url], ..settings.clone() }).await);
        }
        for number in 0..400_usize {
            let (writer, reader) = (&stores[number % 3], &stores[(number + 1) % 3]);
            let value = number.to_string();
            let revision = writer.write(&bucket(), put("a", &value)).await.unwrap();
            let read = entry(reader, "a").await.unwrap();
            assert_eq!((read.revision, &read.value[..]), (revision, value.as_bytes()));
            let own = writer.get(&bucket(), &key("a"), Read::Local).await.unwrap().unwrap();
            assert_eq!(own.revision, revision, "a local read lacks a write of one's own");
            if number % 80 == 0 {
                assert_eq!(scanned(reader).await.first().map(|entry| entry.revision), Some(revision));
            }
        }
    });
}
