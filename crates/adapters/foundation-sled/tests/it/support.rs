//! What the tests share: a folder, a store in it, events, and a way to wait for futures.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, PoisonError, RwLock};

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
    open_as(folder, settings, clock).unwrap()
}

pub(crate) fn try_open(folder: &Path) -> Result<SledStore> {
    open_as(folder, settings(), clock())
}

pub(crate) fn open_as(folder: &Path, settings: SledSettings, clock: Arc<dyn Clock>) -> Result<SledStore> {
    quiet_panics();
    while_nobody_starts(|| SledStore::open(folder, settings, clock))
}

/// Held alone while a child is started, and by all who open a folder. Until a child has become its program it has every
/// file of this process open: a store that another test closes at that moment stays locked for as long.
static STARTING: RwLock<()> = RwLock::new(());

/// Opens something that may have been closed just before.
pub(crate) fn while_nobody_starts<T>(open: impl FnOnce() -> T) -> T {
    let _all = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    open()
}

/// Starts a child; it is its program when this returns.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Whether a program can be started and ends well.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    child.and_then(|mut child| child.wait()).is_ok_and(|status| status.success())
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
