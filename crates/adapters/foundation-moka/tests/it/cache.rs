//! Single situations.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::storage::{Bucket, Condition, Entry, Key, KeyRange, KeyValue, Read, Ttl, WatchFrom, Write};
use foundation_memory::{MemoryKeyValue, Simulation};
use foundation_moka::{CacheSettings, CachedKeyValue};
use futures_channel::oneshot;
use futures_util::StreamExt as _;

use crate::gate::Gate;

struct Scene {
    world: Simulation,
    gate: Arc<Gate>,
    cache: Arc<CachedKeyValue>,
}

fn bucket() -> Bucket {
    Bucket::new("b").unwrap()
}

fn key() -> Key {
    Key::new("k").unwrap()
}

impl Scene {
    /// A cache whose bucket's watch is up.
    fn new() -> Self {
        Self::with_history(100)
    }

    /// The same, where the store keeps so many changes for watchers.
    fn with_history(changes: usize) -> Self {
        let world = Simulation::new(1);
        let gate = Gate::new(Arc::new(MemoryKeyValue::new(world.clock()).with_history(changes)));
        let settings = CacheSettings::default();
        let cache = CachedKeyValue::new(Arc::clone(&gate) as _, world.clock(), world.spawner(), settings);
        let scene = Self { world, gate, cache: Arc::new(cache) };
        assert_eq!(scene.read(Read::Local), None);
        scene.world.run_until_idle();
        scene
    }

    fn read(&self, read: Read) -> Option<String> {
        let entry = self.world.block_on(self.cache.get(&bucket(), &key(), read)).unwrap()?;
        Some(String::from_utf8(entry.value.to_vec()).unwrap())
    }

    fn local(&self) -> Option<String> {
        self.read(Read::Local)
    }

    fn write(&self, text: &'static str) {
        self.world.block_on(self.cache.write(&bucket(), Write::put(key(), text))).unwrap();
    }

    /// Writes past the cache, as another node does.
    fn elsewhere(&self, write: Write) {
        self.world.block_on(self.gate.inner.write(&bucket(), write)).unwrap();
    }

    /// Begins a read whose answer is held up after it has looked; answers how to let it go and its result.
    fn slow_read(&self, read: Read) -> (oneshot::Sender<()>, oneshot::Receiver<Option<Entry>>) {
        let (release, hold) = oneshot::channel();
        *self.gate.hold_read.lock() = Some(hold);
        let (sender, receiver) = oneshot::channel();
        let cache = Arc::clone(&self.cache);
        self.world.spawner().spawn("slow read", async move {
            drop(sender.send(cache.get(&bucket(), &key(), read).await.unwrap()));
        });
        self.world.run_until_idle();
        assert!(self.gate.hold_read.lock().is_none(), "the read waits at the gate");
        (release, receiver)
    }

    fn reads_of_the_store(&self) -> usize {
        *self.gate.reads.lock()
    }
}

#[test]
fn local_reads_are_answered_from_memory() {
    let scene = Scene::new();
    scene.elsewhere(Write::put(key(), "1"));
    scene.world.run_until_idle();
    let (hits, misses, reads) = (scene.cache.hits(), scene.cache.misses(), scene.reads_of_the_store());
    for _ in 0..5 {
        assert_eq!(scene.local().as_deref(), Some("1"));
    }
    assert_eq!((scene.cache.hits() - hits, scene.cache.misses() - misses), (4, 1));
    assert_eq!(scene.reads_of_the_store() - reads, 1);
    assert!(scene.cache.bytes() > 0);
    assert_eq!(scene.read(Read::Strict).as_deref(), Some("1"));
    assert_eq!(scene.reads_of_the_store() - reads, 2, "a strict read goes past the cache");
    assert_eq!(scene.cache.hits() - hits, 4, "and is not counted");
}

/// The race that the cache is made for: a read has seen the old value, a write comes between, the read arrives last.
#[test]
fn a_slow_read_does_not_bring_an_old_value_back() {
    for read in [Read::Local, Read::Strict] {
        let scene = Scene::new();
        scene.elsewhere(Write::put(key(), "old"));
        scene.world.run_until_idle();
        let (release, answer) = scene.slow_read(read);
        scene.write("new");
        release.send(()).unwrap();
        assert_eq!(scene.world.block_on(answer).unwrap().unwrap().value, "old", "it began before the write");
        let hits = scene.cache.hits();
        assert_eq!(scene.local().as_deref(), Some("new"));
        assert_eq!(scene.cache.hits(), hits + 1, "the new value is still cached");
    }
}

/// The same with a write by somebody else, and with a delete, which leave nothing in the cache to compare with.
#[test]
fn a_slow_read_loses_against_what_the_watch_tells() {
    for (write, expected) in [(Write::put(key(), "new"), Some("new")), (Write::delete(key()), None)] {
        let scene = Scene::new();
        scene.elsewhere(Write::put(key(), "old"));
        scene.world.run_until_idle();
        let (release, answer) = scene.slow_read(Read::Local);
        scene.elsewhere(write);
        scene.world.run_until_idle();
        release.send(()).unwrap();
        scene.world.block_on(answer).unwrap();
        assert_eq!(scene.local().as_deref(), expected);
    }
}

/// A write whose answer is slow is overtaken by another node's write that the watch has told already.
#[test]
fn a_slow_write_does_not_cover_a_later_one() {
    let scene = Scene::new();
    let (release, hold) = oneshot::channel();
    *scene.gate.hold_commit.lock() = Some(hold);
    let cache = Arc::clone(&scene.cache);
    scene.world.spawner().spawn("slow write", async move {
        cache.write(&bucket(), Write::put(key(), "mine")).await.unwrap();
    });
    scene.world.run_until_idle();
    scene.elsewhere(Write::put(key(), "theirs"));
    scene.world.run_until_idle();
    release.send(()).unwrap();
    scene.world.run_until_idle();
    assert_eq!(scene.local().as_deref(), Some("theirs"));
}

/// A write whose future is dropped leaves nothing old behind: it may have taken effect.
#[test]
fn a_dropped_write_throws_the_value_out() {
    let scene = Scene::new();
    scene.write("old");
    assert_eq!(scene.local().as_deref(), Some("old"));
    let (_release, hold) = oneshot::channel::<()>();
    *scene.gate.hold_commit.lock() = Some(hold);
    scene.world.block_on(async {
        let bucket = bucket();
        // Polled once, so that it is written, and then dropped.
        let write = scene.cache.write(&bucket, Write::put(key(), "new"));
        assert!(futures_util::FutureExt::now_or_never(write).is_none());
        // The watch has not been read yet.
        let found = scene.cache.get(&bucket, &key(), Read::Local).await.unwrap().unwrap();
        assert_eq!(found.value, "new");
    });
}

/// Who reads locally, writes on that condition and is refused reads the newer value next, before the watch tells it.
#[test]
fn a_conflict_throws_the_value_out() {
    let scene = Scene::new();
    scene.write("old");
    scene.world.block_on(async {
        let old = scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap().unwrap();
        scene.gate.inner.write(&bucket(), Write::put(key(), "new")).await.unwrap();
        let write = Write::put(key(), "mine").when(Condition::At(old.revision));
        assert_eq!(scene.cache.write(&bucket(), write).await.unwrap_err().code(), Code::Conflict);
        let found = scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap().unwrap();
        assert_eq!(found.value, "new");
    });
}

/// What a scan or a watch of this instance has shown is not taken back by a local read.
#[test]
fn what_was_shown_is_not_taken_back() {
    let scene = Scene::new();
    scene.write("old");
    scene.world.block_on(async {
        let mut watch = scene.cache.watch(&bucket(), KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
        watch.next().await.unwrap().unwrap();
        watch.next().await.unwrap().unwrap();
        scene.gate.inner.write(&bucket(), Write::put(key(), "by watch")).await.unwrap();
        watch.next().await.unwrap().unwrap();
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap().unwrap().value, "by watch");

        scene.gate.inner.write(&bucket(), Write::put(key(), "by scan")).await.unwrap();
        let scan = scene.cache.scan(&bucket(), KeyRange::all(), Read::Local).await.unwrap();
        assert_eq!(scan.count().await, 1);
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap().unwrap().value, "by scan");

        scene.gate.inner.write(&bucket(), Write::put(key(), "strict")).await.unwrap();
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Strict).await.unwrap().unwrap().value, "strict");
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap().unwrap().value, "strict");

        scene.gate.inner.write(&bucket(), Write::delete(key())).await.unwrap();
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Strict).await.unwrap(), None);
        assert_eq!(scene.cache.get(&bucket(), &key(), Read::Local).await.unwrap(), None);
    });
}

#[test]
fn own_values_are_not_served_after_their_time() {
    let scene = Scene::new();
    let write = Write::put(key(), "1").expiring(Ttl::seconds(2));
    scene.world.block_on(scene.cache.write(&bucket(), write)).unwrap();
    scene.world.block_on(async {
        let clock = scene.world.clock();
        foundation_core::port::clock::Clock::sleep(&*clock, Duration::from_millis(1_999)).await;
    });
    let hits = scene.cache.hits();
    assert_eq!(scene.local().as_deref(), Some("1"));
    assert_eq!(scene.cache.hits(), hits + 1, "until then it is served from memory");
    scene.world.clock().advance(Duration::from_millis(1));
    // The watch has not been read since.
    assert_eq!(scene.local(), None);
}

/// What others wrote may expire as soon as values of the bucket are known to: it is read from the store from then on.
#[test]
fn values_of_unknown_life_are_not_served_where_values_expire() {
    let scene = Scene::new();
    let other = Write::put(Key::new("lease").unwrap(), "").expiring(Ttl::seconds(1));
    scene.world.block_on(scene.cache.write(&bucket(), other)).unwrap();
    scene.elsewhere(Write::put(key(), "theirs").expiring(Ttl::seconds(3)));
    scene.world.run_until_idle();
    let hits = scene.cache.hits();
    assert_eq!(scene.local().as_deref(), Some("theirs"));
    assert_eq!(scene.local().as_deref(), Some("theirs"));
    assert_eq!(scene.cache.hits(), hits);
    scene.world.clock().advance(Duration::from_secs(3));
    assert_eq!(scene.local(), None, "and so it is gone at its time");
}

/// The first value that expires is told by the watch; what others write afterwards is read from the store.
#[test]
fn the_watch_tells_that_values_expire() {
    let scene = Scene::new();
    scene.elsewhere(Write::put(key(), "first").expiring(Ttl::seconds(1)));
    scene.world.advance(Duration::from_secs(2));
    scene.elsewhere(Write::put(key(), "second").expiring(Ttl::seconds(5)));
    scene.world.run_until_idle();
    assert_eq!(scene.local().as_deref(), Some("second"));
    scene.world.clock().advance(Duration::from_secs(5));
    // The watch has not been read since.
    assert_eq!(scene.local(), None);
}

/// A watch that lost its place throws the bucket out: the snapshot that follows does not tell what has gone.
#[test]
fn a_watch_that_lost_its_place_throws_everything_out() {
    let scene = Scene::with_history(2);
    scene.write("1");
    assert_eq!(scene.local().as_deref(), Some("1"));
    scene.world.run_until_idle();
    scene.world.block_on(async {
        let bucket = bucket();
        scene.gate.inner.write(&bucket, Write::delete(key())).await.unwrap();
        for number in 0..5 {
            let other = Key::new(format!("other{number}")).unwrap();
            scene.gate.inner.write(&bucket, Write::put(other, "")).await.unwrap();
        }
    });
    scene.world.run_until_idle();
    assert_eq!(scene.local(), None);
}

/// While the watch is down nothing is served; when it is up again the cache works again, without what it held.
#[test]
fn a_broken_watch_stops_the_cache() {
    let scene = Scene::new();
    scene.write("1");
    assert_eq!(scene.local().as_deref(), Some("1"));
    *scene.gate.is_watchable.lock() = false;
    scene.gate.cut();
    scene.world.run_until_idle();
    let hits = scene.cache.hits();
    scene.elsewhere(Write::put(key(), "2"));
    assert_eq!(scene.local().as_deref(), Some("2"), "read from the store");
    scene.world.advance(Duration::from_secs(1));
    scene.elsewhere(Write::put(key(), "3"));
    assert_eq!(scene.local().as_deref(), Some("3"));
    assert_eq!(scene.cache.hits(), hits);
    *scene.gate.is_watchable.lock() = true;
    scene.world.advance(Duration::from_secs(10));
    assert_eq!(scene.local().as_deref(), Some("3"));
    assert_eq!(scene.cache.hits(), hits, "what was cached before is not served");
    assert_eq!(scene.local().as_deref(), Some("3"));
    assert_eq!(scene.cache.hits(), hits + 1);
}

#[test]
fn excepted_buckets_are_passed_through() {
    let world = Simulation::new(1);
    let store = Arc::new(MemoryKeyValue::new(world.clock()));
    let settings = CacheSettings { except: [bucket()].into(), ..CacheSettings::default() };
    let cache = CachedKeyValue::new(store, world.clock(), world.spawner(), settings);
    world.block_on(async {
        cache.write(&bucket(), Write::put(key(), "1")).await.unwrap();
        for _ in 0..3 {
            assert!(cache.get(&bucket(), &key(), Read::Local).await.unwrap().is_some());
        }
    });
    assert_eq!((cache.hits(), cache.misses(), cache.bytes()), (0, 0, 0));
    assert_eq!(world.tasks(), Vec::<&str>::new());
}

#[test]
fn the_tasks_end_with_the_cache() {
    let scene = Scene::new();
    assert_eq!(scene.world.tasks(), ["cache watch"]);
    let Scene { world, cache, .. } = scene;
    drop(cache);
    world.run_until_idle();
    assert_eq!(world.tasks(), Vec::<&str>::new());
}
