//! What the tests share: a folder, a store in it, events, and a way to wait for futures.

use std::path::Path;
use std::sync::Arc;

use foundation_core::Result;
use foundation_core::event::{Event, EventSource, EventType, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{BatchId, EventLog, Recorded, Sequence, StreamName};
use foundation_memory::{SeededEntropy, Simulation, SystemClock};
use foundation_sled::{SledSettings, SledStore, quiet_panics};
use futures_util::TryStreamExt as _;

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// Small caches, so that tests that open hundreds of stores stay small.
pub(crate) fn settings() -> SledSettings {
    SledSettings { log_cache_bytes: 1 << 20, key_value_cache_bytes: 1 << 20, ..SledSettings::default() }
}

pub(crate) fn open(folder: &Path) -> SledStore {
    try_open(folder).unwrap()
}

pub(crate) fn open_with(folder: &Path, settings: SledSettings, clock: Arc<dyn Clock>) -> SledStore {
    quiet_panics();
    SledStore::open(folder, settings, clock).unwrap()
}

pub(crate) fn try_open(folder: &Path) -> Result<SledStore> {
    quiet_panics();
    SledStore::open(folder, settings(), clock())
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

pub(crate) fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

/// Makes events that are the same in every run.
pub(crate) fn source() -> EventSource {
    let world = Simulation::new(7);
    EventSource::new(world.clock(), Arc::new(SeededEntropy::new(7)), NodeId::new("node").unwrap())
}

pub(crate) fn event(source: &EventSource, data: impl Into<bytes::Bytes>) -> Event {
    source.event(EventType::new("test.happened").unwrap(), 1, data.into())
}

pub(crate) fn batch(number: u64) -> BatchId {
    BatchId(u128::from(number))
}

pub(crate) async fn read(log: &dyn EventLog, stream: &StreamName, from: Sequence) -> Result<Vec<Recorded>> {
    log.read(stream, from).await?.try_collect().await
}
