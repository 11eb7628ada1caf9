//! The cache in front of the store on disk keeps the store's contract. It stands here because adapters do not know each
//! other.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::KeyValue;
use foundation_memory::SystemClock;
use foundation_moka::{CacheSettings, CachedKeyValue};
use foundation_sled::{SledSettings, SledStore};
use foundation_testkit::{Harness, World};
use tokio::runtime::Runtime;

/// A cache over a store in a folder of its own.
struct Cached {
    world: World,
    cache: Arc<CachedKeyValue>,
    runtime: Runtime,
    _store: SledStore,
    _folder: tempfile::TempDir,
}

impl Harness for Cached {
    type Port = dyn KeyValue;

    fn world(&self) -> &World {
        &self.world
    }

    fn port(&self) -> Arc<dyn KeyValue> {
        self.cache.clone()
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

fn cached(_seed: u64) -> Cached {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let spawner = Spawner::Tokio(runtime.handle().clone().into());
    // A machine that is busy with other tests wakes late.
    let world = World { clock: clock.clone(), spawner: spawner.clone(), grain: Duration::from_millis(300) };
    let store = SledStore::open(folder.path(), SledSettings::default(), clock.clone()).expect("a store");
    let cache = CachedKeyValue::new(store.key_value(), clock, spawner, CacheSettings::default());
    Cached { world, cache: Arc::new(cache), runtime, _store: store, _folder: folder }
}

foundation_testkit::key_value_contract!(cached);
