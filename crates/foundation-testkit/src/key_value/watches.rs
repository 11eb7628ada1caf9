//! Watches: whatever they leave out they say, and what they build is what stands.
//!
//! Where a case expects changes one by one, an adapter has to keep the latest eight of them at least.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Change, Condition, Key, KeyRange, KeyValue, Removal, Revision, Ttl, WatchFrom, Write,
};
use foundation_core::{Code, Result};
use futures_util::{FutureExt as _, StreamExt as _};

use super::{bucket, key, put, scanned, wrote};
use crate::case::refused;
use crate::world::World;

/// Follows a watch, builds what it tells, and checks that it keeps to the rules on the way.
struct Follower<'a> {
    world: &'a World,
    changes: BoxStream<'static, Result<Change>>,
    built: BTreeMap<Key, (Vec<u8>, Revision)>,
    /// Whether a snapshot is being told.
    in_snapshot: bool,
    last: Revision,
}

impl<'a> Follower<'a> {
    async fn new(world: &'a World, store: &dyn KeyValue, range: KeyRange, from: WatchFrom) -> Self {
        let changes = store.watch(&bucket(), range, from).await.unwrap();
        let last = match from {
            WatchFrom::Snapshot => Revision(0),
            WatchFrom::After(revision) => revision,
        };
        Self { world, changes, built: BTreeMap::new(), in_snapshot: from == WatchFrom::Snapshot, last }
    }

    async fn next(&mut self) -> Change {
        let next = self.world.within("the next change of a watch", self.changes.next()).await;
        let change = next.expect("a watch does not end").unwrap();
        self.take(&change);
        change
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::Compacted => {
                self.built.clear();
                self.in_snapshot = true;
                self.last = Revision(0);
            }
            Change::Current(revision) => {
                assert!(self.in_snapshot, "{change:?} without a snapshot");
                assert!(*revision >= self.last, "{change:?} after {:?}", self.last);
                self.in_snapshot = false;
                self.last = *revision;
            }
            Change::Put(entry) => {
                self.rise(entry.revision, change);
                self.built.insert(entry.key.clone(), (entry.value.to_vec(), entry.revision));
            }
            Change::Removed { key, revision, .. } => {
                self.rise(*revision, change);
                self.built.remove(key);
            }
        }
    }

    fn rise(&mut self, revision: Revision, change: &Change) {
        assert!(revision > self.last, "{change:?} after {:?}", self.last);
        self.last = revision;
    }

    /// Takes changes until a snapshot is complete.
    async fn until_current(&mut self) -> Revision {
        loop {
            if let Change::Current(revision) = self.next().await {
                return revision;
            }
        }
    }

    /// Takes changes until what it built is what stands.
    async fn until_built(&mut self, store: &dyn KeyValue, range: KeyRange) {
        let standing: BTreeMap<Key, (Vec<u8>, Revision)> = scanned(store, range)
            .await
            .into_iter()
            .map(|entry| (entry.key, (entry.value.to_vec(), entry.revision)))
            .collect();
        while self.in_snapshot || self.built != standing {
            self.next().await;
        }
    }

    /// Nothing more is told by now.
    async fn assert_idle(&mut self) {
        self.world.pass(Duration::from_millis(20)).await;
        if let Some(change) = self.changes.next().now_or_never() {
            panic!("nothing changed, and the watch told {change:?}");
        }
    }
}

/// A watch from a snapshot tells what stands, says that it is complete, and then tells what changes.
pub async fn a_watch_begins_with_a_snapshot(world: &World, store: &Arc<dyn KeyValue>) {
    let a = wrote(&**store, "a", "1").await;
    wrote(&**store, "gone", "1").await;
    store.write(&bucket(), Write::delete(key("gone"))).await.unwrap();
    let b = wrote(&**store, "b", "1").await;
    let a2 = wrote(&**store, "a", "2").await;
    assert!(a < b && b < a2);

    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    watch.until_current().await;
    let built: Vec<_> = watch.built.iter().map(|(key, (_, revision))| (key.as_str(), *revision)).collect();
    assert_eq!(built, [("a", a2), ("b", b)]);

    let c = wrote(&**store, "c", "1").await;
    assert!(matches!(watch.next().await, Change::Put(entry) if entry.revision == c && entry.value == "1"));
    let removed = store.write(&bucket(), Write::delete(key("a"))).await.unwrap();
    assert_eq!(watch.next().await, Change::Removed { key: key("a"), revision: removed, cause: Removal::Deleted });
    watch.assert_idle().await;
}

/// A watch of an empty bucket says at once that nothing stands.
pub async fn a_watch_of_nothing_is_current(world: &World, store: &Arc<dyn KeyValue>) {
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    assert!(matches!(watch.next().await, Change::Current(_)));
    let first = wrote(&**store, "a", "1").await;
    assert!(matches!(watch.next().await, Change::Put(entry) if entry.revision == first));
}

/// A watch tells of its range only.
pub async fn a_watch_keeps_to_its_range(world: &World, store: &Arc<dyn KeyValue>) {
    for text in ["a.1", "b.1"] {
        wrote(&**store, text, "1").await;
    }
    let mut watch = Follower::new(world, &**store, KeyRange::prefix("a."), WatchFrom::Snapshot).await;
    watch.until_current().await;
    assert_eq!(watch.built.keys().map(Key::as_str).collect::<Vec<_>>(), ["a.1"]);
    for text in ["b.2", "a", "a.2", "b.1"] {
        wrote(&**store, text, "2").await;
    }
    assert!(matches!(watch.next().await, Change::Put(entry) if entry.key == key("a.2")));
    watch.assert_idle().await;
}

/// A watch from a revision tells every later change, or says that some are no longer kept and begins anew.
pub async fn a_watch_goes_on_after_a_revision(world: &World, store: &Arc<dyn KeyValue>) {
    wrote(&**store, "before", "1").await;
    let seen = wrote(&**store, "seen", "1").await;
    let mut expected = Vec::new();
    for text in ["a", "b", "c"] {
        expected.push(wrote(&**store, text, "1").await);
    }
    expected.push(store.write(&bucket(), Write::delete(key("seen"))).await.unwrap());
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::After(seen)).await;
    let mut told = Vec::new();
    while told.len() < expected.len() {
        match watch.next().await {
            Change::Put(entry) => told.push(entry.revision),
            Change::Removed { revision, .. } => told.push(revision),
            Change::Current(_) => panic!("a watch from a revision has no snapshot to complete"),
            Change::Compacted => return watch.until_built(&**store, KeyRange::all()).await,
        }
    }
    assert_eq!(told, expected);
    watch.assert_idle().await;
}

/// A watch of everything that ever happened ends up with what stands, by every change or by a snapshot.
pub async fn a_watch_from_the_beginning_converges(world: &World, store: &Arc<dyn KeyValue>) {
    for number in 0..20 {
        wrote(&**store, &format!("k{}", number % 7), &number.to_string()).await;
    }
    store.write(&bucket(), Write::delete(key("k3"))).await.unwrap();
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::After(Revision(0))).await;
    watch.until_built(&**store, KeyRange::all()).await;
}

/// The changes of a batch are told in its order; a refused batch is not told at all.
pub async fn a_watch_tells_batches_whole(world: &World, store: &Arc<dyn KeyValue>) {
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    watch.until_current().await;
    let bad = vec![put("x", "1"), put("y", "1").when(Condition::At(Revision(1)))];
    refused(store.commit(&bucket(), bad).await, Code::Conflict, "a batch with a condition that fails");
    let revisions = store.commit(&bucket(), vec![put("c", "1"), put("a", "1"), put("b", "1")]).await.unwrap();
    for (text, revision) in ["c", "a", "b"].into_iter().zip(revisions) {
        let change = watch.next().await;
        assert!(
            matches!(&change, Change::Put(entry) if entry.key == key(text) && entry.revision == revision),
            "expected `{text}` at {revision:?}, was told {change:?}"
        );
    }
    watch.assert_idle().await;
}

/// An expired value is told within a second, also if nobody touches the store.
pub async fn a_watch_tells_expiry(world: &World, store: &Arc<dyn KeyValue>) {
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    watch.until_current().await;
    let before = world.clock.now();
    let put_at = store.write(&bucket(), put("a", "1").expiring(Ttl::seconds(2))).await.unwrap();
    let earliest = before + Duration::from_secs(2);
    let latest = world.clock.now() + Duration::from_secs(3) + 40 * world.grain;
    assert!(matches!(watch.next().await, Change::Put(_)));
    match watch.next().await {
        Change::Removed { key: told, revision, cause: Removal::Expired } => {
            assert_eq!(told, key("a"));
            assert!(revision > put_at);
        }
        other => panic!("expected an expiry, was told {other:?}"),
    }
    let told_at = world.clock.now();
    assert!(told_at + world.grain >= earliest, "told {:?} too early", earliest.since(told_at));
    assert!(told_at <= latest, "told {:?} too late", told_at.since(latest));
}

/// A watcher that does not read for thousands of changes ends up with what stands.
pub async fn a_slow_watcher_converges(world: &World, store: &Arc<dyn KeyValue>) {
    let mut watch = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    watch.until_current().await;
    wrote(&**store, "gone", "1").await;
    store.write(&bucket(), Write::delete(key("gone"))).await.unwrap();
    for round in 0..80 {
        let batch = (0..64).map(|number| put(&format!("k{number:02}"), &round.to_string())).collect();
        store.commit(&bucket(), batch).await.unwrap();
    }
    watch.until_built(&**store, KeyRange::all()).await;
    assert_eq!(watch.built.len(), 64);
}

/// Watchers that begin while others write miss nothing.
pub async fn a_watch_beside_writers_converges(world: &World, store: &Arc<dyn KeyValue>) {
    let mut tasks: Vec<foundation_core::port::BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..4 {
        let store = Arc::clone(store);
        tasks.push(Box::pin(async move {
            for step in 0..15 {
                let name = format!("k{}", (writer + step) % 5);
                if step % 4 == 3 {
                    store.write(&bucket(), Write::delete(key(&name))).await.unwrap();
                } else {
                    wrote(&*store, &name, &format!("{writer}.{step}")).await;
                }
            }
            wrote(&*store, &format!("done{writer}"), "").await;
        }));
    }
    for _ in 0..3 {
        let (store, world) = (Arc::clone(store), world.clone());
        tasks.push(Box::pin(async move {
            let mut watch = Follower::new(&world, &*store, KeyRange::all(), WatchFrom::Snapshot).await;
            while watch.in_snapshot || watch.built.keys().filter(|key| key.as_str().starts_with("done")).count() < 4 {
                watch.next().await;
            }
            watch.until_built(&*store, KeyRange::all()).await;
        }));
    }
    world.race(tasks).await;
}

/// A watch that is dropped disturbs neither the store nor other watches.
pub async fn a_dropped_watch_is_harmless(world: &World, store: &Arc<dyn KeyValue>) {
    let mut kept = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    let mut dropped = Follower::new(world, &**store, KeyRange::all(), WatchFrom::Snapshot).await;
    kept.until_current().await;
    dropped.until_current().await;
    // Dropped while it waits.
    assert!(dropped.changes.next().now_or_never().is_none());
    drop(dropped);
    let revision = wrote(&**store, "a", "1").await;
    assert!(matches!(kept.next().await, Change::Put(entry) if entry.revision == revision));
}
