//! The sled stores keep the contracts of their ports, and what durable adapters owe beyond.
//!
//! Real time: the stores work on threads of their own, which no virtual clock can wait for.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::registry::Registry;
use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::registry::KeyValueRegistry;
use foundation_sled::SledStore;
use foundation_testkit::{Harness, Reopen, SeededEntropy, World};
use tokio::runtime::Runtime;

use crate::support::{clock, open_with, settings};

/// A store in a folder of its own, with one of its two ports.
struct OnDisk<P: ?Sized> {
    world: World,
    port: fn(&SledStore) -> Arc<P>,
    store: SledStore,
    runtime: Runtime,
    folder: tempfile::TempDir,
}

impl<P: ?Sized> OnDisk<P> {
    fn new(port: fn(&SledStore) -> Arc<P>) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), port)
    }

    fn in_folder(folder: tempfile::TempDir, port: fn(&SledStore) -> Arc<P>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let clock = clock();
        let spawner = Spawner::Tokio(runtime.handle().clone().into());
        // A machine that is busy with other tests wakes late.
        let world = World { clock: Arc::clone(&clock), spawner, grain: Duration::from_millis(300) };
        let store = open_with(folder.path(), settings(), clock);
        Self { world, port, store, runtime, folder }
    }
}

impl<P: ?Sized> Harness for OnDisk<P> {
    type Port = P;

    fn world(&self) -> &World {
        &self.world
    }

    fn port(&self) -> Arc<P> {
        (self.port)(&self.store)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl<P: ?Sized> Reopen for OnDisk<P> {
    fn reopen(self) -> Self {
        self.store.close();
        drop(self.runtime);
        Self::in_folder(self.folder, self.port)
    }
}

fn key_value(_seed: u64) -> OnDisk<dyn KeyValue> {
    OnDisk::new(|store| store.key_value())
}

fn event_log(_seed: u64) -> OnDisk<dyn EventLog> {
    OnDisk::new(|store| store.log())
}

fn registry(_seed: u64) -> OnDisk<dyn Registry> {
    OnDisk::new(|store| Arc::new(KeyValueRegistry::new(store.key_value(), Arc::new(SeededEntropy::new(11)))))
}

mod of_key_value {
    foundation_testkit::key_value_contract!(super::key_value);
}

mod of_durable_key_value {
    foundation_testkit::key_value_durable_contract!(super::key_value);
}

mod of_event_log {
    foundation_testkit::event_log_contract!(super::event_log);
}

mod of_durable_event_log {
    foundation_testkit::event_log_durable_contract!(super::event_log);
}

mod of_registry {
    foundation_testkit::registry_contract!(super::registry);
}

mod of_coordination {
    foundation_testkit::coordination_contract!(super::key_value);
}
