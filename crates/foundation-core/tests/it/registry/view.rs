//! The read view follows the registry, and says how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::registry::Registry;
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::registry::{KeyValueRegistry, RegistryView, ViewState};
use foundation_core::{Code, Error, Result};
use foundation_memory::{MemoryKeyValue, Simulation};

use super::{agents, life, name, node, register};

/// A store that refuses the first watches.
#[derive(Debug)]
struct Unwatchable {
    inner: Arc<MemoryKeyValue>,
    refusals: AtomicU32,
}

#[async_trait]
impl KeyValue for Unwatchable {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        self.inner.get(bucket, key, read).await
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.inner.commit(bucket, writes).await
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.inner.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        let refuse = self.refusals.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
        match refuse {
            Ok(_) => Err(Error::new(Code::ServiceUnavailable, "the watch was refused on purpose")),
            Err(_) => self.inner.watch(bucket, range, from).await,
        }
    }
}

fn scene(history: usize) -> (Simulation, Arc<dyn Registry>, RegistryView) {
    let world = Simulation::new(3);
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()).with_history(history));
    let registry: Arc<dyn Registry> = Arc::new(KeyValueRegistry::new(store, world.entropy()));
    let view = RegistryView::follow(Arc::clone(&registry), agents(), &world.spawner(), world.clock());
    (world, registry, view)
}

#[test]
fn a_view_follows_the_registry() -> Result<()> {
    let (world, registry, view) = scene(1_000);
    assert_eq!(view.state(), ViewState::Starting);
    let session = world.block_on(registry.open_session(&node("n1")))?;
    world.block_on(register(&*registry, &session, "a", life(1, 1)))?;
    world.run_until_idle();
    let found = view.whereis(&name("a")).unwrap();
    assert_eq!(found.owner.process, life(1, 1));
    assert_eq!(view.state(), ViewState::Following(found.revision));
    assert_eq!(world.block_on(view.whereis_strict(&name("a")))?, Some(found.clone()));
    assert_eq!(view.find(|registration| registration.owner.process.process == 1), [found]);
    assert_eq!(view.find(|_| false), []);

    world.block_on(registry.close_session(&session))?;
    assert!(view.whereis(&name("a")).is_some(), "the view lags until its task has run");
    world.run_until_idle();
    assert_eq!(view.whereis(&name("a")), None);
    Ok(())
}

/// A view whose watch lost its place is rebuilt as a whole: readers see the old state or the new one.
#[test]
fn a_view_survives_a_lost_place() -> Result<()> {
    let (world, registry, view) = scene(4);
    let session = world.block_on(registry.open_session(&node("n1")))?;
    world.block_on(register(&*registry, &session, "old", life(1, 1)))?;
    world.run_until_idle();
    world.block_on(async {
        for number in 0..20 {
            register(&*registry, &session, &format!("a{number}"), life(2, 1)).await?;
        }
        registry.release_all(&session, life(1, 1)).await
    })?;
    world.run_until_idle();
    assert_eq!(view.whereis(&name("old")), None);
    assert_eq!(view.find(|_| true).len(), 20);
    Ok(())
}

#[test]
fn a_view_ends_with_its_last_clone() {
    let (world, _registry, view) = scene(4);
    let clone = view.clone();
    world.run_until_idle();
    drop(view);
    world.run_until_idle();
    assert_eq!(world.tasks(), ["registry view"]);
    drop(clone);
    world.run_until_idle();
    assert_eq!(world.tasks(), Vec::<&str>::new());
}

/// While the registry cannot be watched the view says so, tries again with growing pauses, and recovers.
#[test]
fn a_view_says_when_it_is_stale() -> Result<()> {
    let world = Simulation::new(4);
    let inner = Arc::new(MemoryKeyValue::new(world.clock()));
    let store = Arc::new(Unwatchable { inner, refusals: AtomicU32::new(3) });
    let registry: Arc<dyn Registry> = Arc::new(KeyValueRegistry::new(store, world.entropy()));
    let view = RegistryView::follow(Arc::clone(&registry), agents(), &world.spawner(), world.clock());
    let session = world.block_on(registry.open_session(&node("n1")))?;
    world.block_on(register(&*registry, &session, "a", life(1, 1)))?;
    world.run_until_idle();
    assert!(matches!(view.state(), ViewState::Stale { since, .. } if since == world.clock().now()));
    assert_eq!(view.whereis(&name("a")), None);
    // Three failures cost pauses of 100, 200 and 400 ms.
    world.advance(Duration::from_millis(699));
    assert!(matches!(view.state(), ViewState::Stale { .. }));
    world.advance(Duration::from_millis(1));
    assert!(matches!(view.state(), ViewState::Following(_)));
    assert!(view.whereis(&name("a")).is_some());
    Ok(())
}
