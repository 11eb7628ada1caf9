//! Registrations whose answers are lost: whatever becomes of them, the dead own nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::registry::{Registry, RegistryChange};
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::registry::KeyValueRegistry;
use foundation_core::{Code, Error, Result, Spawner};
use foundation_memory::{MemoryKeyValue, Simulation};
use futures_util::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;

use super::{agents, life, node, owner, register};

/// What happens to the next writes.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// They are answered.
    Answered,
    /// They take effect at once, and the answer is lost.
    AnswerLost,
    /// They never arrive.
    WriteLost,
    /// They arrive after a second, and nobody waits for the answer any more.
    Late,
}

/// A store behind a connection that loses things.
#[derive(Debug)]
struct Lossy {
    inner: Arc<dyn KeyValue>,
    clock: Arc<dyn Clock>,
    spawner: Spawner,
    fate: Mutex<Fate>,
    /// How many reads, scans and commits there were.
    operations: AtomicUsize,
    /// What became of the late writes.
    late: Arc<Mutex<Vec<Result<(), Code>>>>,
}

#[async_trait]
impl KeyValue for Lossy {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        self.inner.get(bucket, key, read).await
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        let fate = *self.fate.lock();
        match fate {
            Fate::Answered => return self.inner.commit(bucket, writes).await,
            Fate::AnswerLost => drop(self.inner.commit(bucket, writes).await),
            Fate::WriteLost => {}
            Fate::Late => {
                let (inner, clock, late) = (Arc::clone(&self.inner), Arc::clone(&self.clock), Arc::clone(&self.late));
                let bucket = bucket.clone();
                self.spawner.spawn("late write", async move {
                    clock.sleep(Duration::from_secs(1)).await;
                    let result = inner.commit(&bucket, writes).await;
                    late.lock().push(result.map(drop).map_err(|error| error.code()));
                });
            }
        }
        Err(Error::new(Code::OutcomeUnknown, "the answer was lost on purpose"))
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        self.inner.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.inner.watch(bucket, range, from).await
    }
}

struct Scene {
    world: Simulation,
    store: Arc<Lossy>,
    registry: KeyValueRegistry,
}

impl Scene {
    fn new() -> Self {
        let world = Simulation::new(1);
        let store = Arc::new(Lossy {
            inner: Arc::new(MemoryKeyValue::new(world.clock())),
            clock: world.clock(),
            spawner: world.spawner(),
            fate: Mutex::new(Fate::Answered),
            operations: AtomicUsize::new(0),
            late: Arc::default(),
        });
        let registry = KeyValueRegistry::new(Arc::clone(&store) as _, world.entropy());
        Self { world, store, registry }
    }

    fn set(&self, fate: Fate) {
        *self.store.fate.lock() = fate;
    }

    /// The names that a watcher holds to be owned, when `during` is over.
    fn watched(&self, during: impl FnOnce(&Self)) -> BTreeSet<String> {
        let mut changes = self.world.block_on(self.registry.watch(&agents())).unwrap();
        let mut owned = BTreeSet::new();
        let mut read = || {
            while let Some(Some(change)) = changes.next().now_or_never() {
                match change.unwrap() {
                    RegistryChange::Registered(registration) => {
                        owned.insert(registration.name.as_str().to_owned());
                    }
                    RegistryChange::Released { name, .. } => {
                        assert!(owned.remove(name.as_str()), "`{name}` was released, and nobody had it");
                    }
                    RegistryChange::Compacted | RegistryChange::Current(_) => {}
                }
            }
        };
        read();
        during(self);
        read();
        drop(changes);
        owned
    }

    fn late(&self) -> Vec<Result<(), Code>> {
        self.store.late.lock().clone()
    }
}

/// One registration whose answer is lost, for each way to lose it: after the end of its process the name is free, and
/// stays so when everything has arrived.
#[test]
fn a_lost_registration_is_undone() {
    for (fate, released, late) in
        [(Fate::AnswerLost, 1, vec![]), (Fate::WriteLost, 0, vec![]), (Fate::Late, 0, vec![Err(Code::Conflict)])]
    {
        let scene = Scene::new();
        let registry = &scene.registry;
        let session = scene.world.block_on(async {
            let session = registry.open_session(&node("n1")).await.unwrap();
            // Notes the namespace, so that the write that is lost is the registration.
            register(registry, &session, "other", life(9, 1)).await.unwrap();
            scene.set(fate);
            let lost = register(registry, &session, "a", life(1, 1)).await.unwrap_err();
            assert_eq!(lost.code(), Code::OutcomeUnknown);
            scene.set(Fate::Answered);
            session
        });
        let watched = scene.watched(|scene| {
            let count = scene.world.block_on(registry.release_all(&session, life(1, 1))).unwrap();
            assert_eq!(count, released, "{fate:?}");
            scene.world.advance(Duration::from_secs(2));
        });
        assert_eq!(watched, BTreeSet::from(["other".to_owned()]), "{fate:?}");
        assert_eq!(scene.late(), late, "{fate:?}");
        scene.world.block_on(async {
            assert_eq!(owner(registry, "a").await, None, "{fate:?}");
            assert_eq!(registry.list(&agents()).await.unwrap().len(), 1);
            register(registry, &session, "a", life(2, 1)).await.unwrap();
            assert_eq!(owner(registry, "a").await, Some(life(2, 1)));
            assert_eq!(registry.release_all(&session, life(2, 1)).await.unwrap(), 1);
        });
    }
}

/// Who tries again after a lost answer gets the name, whether the first attempt has arrived, will, or never does; and
/// gives it up with its end, whenever the first attempt arrives.
#[test]
fn a_lost_registration_can_be_tried_again() {
    for fate in [Fate::AnswerLost, Fate::WriteLost, Fate::Late] {
        let scene = Scene::new();
        let registry = &scene.registry;
        scene.world.block_on(async {
            let session = registry.open_session(&node("n1")).await.unwrap();
            register(registry, &session, "other", life(9, 1)).await.unwrap();
            scene.set(fate);
            register(registry, &session, "a", life(1, 1)).await.unwrap_err();
            scene.set(Fate::Answered);
            register(registry, &session, "a", life(1, 1)).await.unwrap();
            assert_eq!(owner(registry, "a").await, Some(life(1, 1)));
            assert_eq!(registry.release_all(&session, life(1, 1)).await.unwrap(), 1, "{fate:?}");
        });
        scene.world.advance(Duration::from_secs(2));
        scene.world.block_on(async { assert_eq!(owner(registry, "a").await, None, "{fate:?}") });
    }
}

/// A registration over a dead owner's record that is lost is undone as well.
#[test]
fn a_lost_registration_over_the_dead_is_undone() {
    let scene = Scene::new();
    let registry = &scene.registry;
    let session = scene.world.block_on(async {
        let dying = registry.open_session(&node("n2")).await.unwrap();
        register(registry, &dying, "other", life(9, 1)).await.unwrap();
        scene.set(Fate::Late);
        register(registry, &dying, "a", life(1, 1)).await.unwrap_err();
        scene.set(Fate::Answered);
        registry.open_session(&node("n2")).await.unwrap();
        registry.open_session(&node("n1")).await.unwrap()
    });
    // Only now does the dead session's registration arrive.
    let watched = scene.watched(|scene| scene.world.advance(Duration::from_secs(2)));
    assert_eq!(watched, BTreeSet::new(), "watchers are not told of the dead");
    assert_eq!(scene.late(), [Ok(())]);
    scene.world.block_on(async {
        assert_eq!(owner(registry, "a").await, None, "its owner is dead");
        scene.set(Fate::Late);
        register(registry, &session, "a", life(1, 1)).await.unwrap_err();
        scene.set(Fate::Answered);
        assert_eq!(registry.release_all(&session, life(1, 1)).await.unwrap(), 0);
    });
    scene.world.advance(Duration::from_secs(2));
    assert_eq!(scene.late(), [Ok(()), Err(Code::Conflict)]);
    scene.world.block_on(async { assert_eq!(owner(registry, "a").await, None) });
}

/// The end of a life costs what it owned: a check of the session, and a read and a delete for each name.
#[test]
fn a_release_costs_what_was_owned() {
    let scene = Scene::new();
    let registry = &scene.registry;
    scene.world.block_on(async {
        let session = registry.open_session(&node("n1")).await.unwrap();
        for number in 0..200 {
            register(registry, &session, &format!("other{number}"), life(9, 1)).await.unwrap();
        }
        for text in ["a", "b"] {
            register(registry, &session, text, life(1, 1)).await.unwrap();
        }
        for (released, cost) in [(2, 1 + 2 * 2), (0, 1)] {
            let before = scene.store.operations.load(Ordering::Relaxed);
            assert_eq!(registry.release_all(&session, life(1, 1)).await.unwrap(), released);
            assert_eq!(scene.store.operations.load(Ordering::Relaxed) - before, cost);
        }
    });
}
