//! Compositions: which adapters stand behind the ports. The one place that knows them all.

mod cluster;
mod embedded;
mod memory;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::{Code, Error, Result, Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats_server::NatsServer;
use foundation_prometheus::{PrometheusRecorder, Upkeep};
use foundation_sled::{SledSettings, SledStore};
use mabeam::StudyPorts;

use crate::args::{Composition, NatsArgs};
use crate::chaos::trace::TracedEventLog;
use crate::console::Console;
use crate::failure::Failure;

/// How often the recorder folds its samples, so that they do not pile up between scrapes.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// Where a composition keeps what it keeps.
pub(crate) struct Place<'a> {
    /// The data folder; not used by a composition that keeps nothing.
    pub(crate) data: &'a Path,
    pub(crate) settings: SledSettings,
    /// Where the servers of the cluster composition are; not used by another one.
    pub(crate) nats: NatsPlace<'a>,
    /// Each acknowledged append is told on standard error.
    pub(crate) trace: bool,
}

/// Where the cluster composition finds its servers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NatsPlace<'a> {
    /// What was typed; `None` is as usual.
    pub(crate) args: Option<&'a NatsArgs>,
    /// A planted bug: the store of the server that is started lies elsewhere and goes with it.
    pub(crate) forgets: bool,
}

impl Place<'static> {
    /// For a composition that keeps nothing.
    pub(crate) fn nowhere() -> Self {
        Self { data: Path::new(""), settings: SledSettings::default(), nats: NatsPlace::default(), trace: false }
    }
}

/// A runtime with its adapters.
pub(crate) struct Application {
    runtime: Runtime,
    pub(crate) ports: StudyPorts,
    pub(crate) recorder: Arc<PrometheusRecorder>,
    /// What opening the storage had to say: one line a thing that was out of order and how it was mended.
    pub(crate) notes: Vec<String>,
    upkeep: Upkeep,
    engine: Engine,
}

impl Application {
    /// Builds a composition.
    ///
    /// # Errors
    /// Those of opening the storage.
    pub(crate) async fn build(composition: Composition, place: Place<'_>) -> Result<Self> {
        let spawner = Spawner::current().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let recorder = Arc::new(PrometheusRecorder::new());
        let telemetry = Telemetry::new(recorder.clone());
        let runtime = Runtime::new(RuntimeParts {
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy::new()?),
            spawner: spawner.clone(),
            node: NodeId::new("local")?,
            telemetry,
        });
        let storage = match composition {
            Composition::Memory => memory::storage(&runtime),
            Composition::Embedded => embedded::storage(&runtime, place.data, place.settings).await?,
            Composition::Cluster => cluster::storage(&runtime, place.data, place.nats).await?,
        };
        let log: Arc<dyn EventLog> = if place.trace { Arc::new(TracedEventLog::new(storage.log)) } else { storage.log };
        let upkeep = recorder.start_upkeep(&spawner, clock, UPKEEP_PERIOD);
        Ok(Self {
            runtime: runtime.clone(),
            ports: StudyPorts { runtime, log, key_value: storage.key_value },
            recorder,
            notes: storage.notes,
            upkeep,
            engine: storage.engine,
        })
    }

    /// Ends what runs beside the processes and closes the storage; the folder is free when this answers.
    pub(crate) async fn close(self) -> Result<()> {
        self.upkeep.stop().await;
        // Closing waits for what is being written, or for another process to end.
        let close = move || match self.engine {
            Engine::None => Ok(()),
            Engine::Sled(store) => {
                store.close();
                Ok(())
            }
            Engine::Nats(server) => cluster::stop(*server),
        };
        let closed = self.runtime.spawner().spawn_blocking("close-storage", close).await;
        closed.map_err(|aborted| Error::new(Code::Internal, aborted.to_string()))?
    }
}

/// The storage of a composition.
struct Storage {
    log: Arc<dyn EventLog>,
    key_value: Arc<dyn KeyValue>,
    notes: Vec<String>,
    engine: Engine,
}

/// What has to be closed once nobody uses the storage any more.
enum Engine {
    None,
    Sled(SledStore),
    Nats(Box<NatsServer>),
}

/// Runs a command to its end on a runtime of its own.
///
/// # Errors
/// The command's; and where the system gives no threads.
pub(crate) fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    run_on(tokio::runtime::Builder::new_multi_thread(), command)
}

/// Like [`block_on`], with one thread for all processes; work that computes still has threads of its own.
///
/// # Errors
/// As [`block_on`].
pub(crate) fn block_on_one_worker(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    run_on(tokio::runtime::Builder::new_current_thread(), command)
}

fn run_on(
    mut builder: tokio::runtime::Builder,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let runtime = builder.enable_all().build().map_err(|error| Failure::new(format!("start the runtime: {error}")))?;
    let ended = runtime.block_on(command);
    // A trainer in the middle of an epoch is not waited for: what it computes is not needed any more.
    runtime.shutdown_background();
    ended
}

/// Keeps panics that are caught and told as errors from being printed as well: those of the storage's own threads, and
/// those of trainers, which are failures of their trial.
pub(crate) fn quiet_panics() {
    foundation_sled::quiet_panics();
}

/// The data folder of a study or of `serve`, where none is given. What the cluster keeps is apart from what the disk of
/// one machine does, so that each is resumed by itself.
pub(crate) fn data_folder(given: Option<&Path>, composition: Composition, name: &str) -> PathBuf {
    let usual = || match composition {
        Composition::Memory | Composition::Embedded => name.to_owned(),
        Composition::Cluster => format!("{name}-cluster"),
    };
    given.map_or_else(|| Path::new(".foundation").join(usual()), Path::to_path_buf)
}

/// Moves a data folder aside, under the same name with the date behind it; says so. Nothing happens where there is
/// none.
///
/// # Errors
/// `Held` where another process works in it.
pub(crate) async fn set_aside(composition: Composition, data: &Path, console: Console) -> Result<(), Failure> {
    if !data.exists() {
        return Ok(());
    }
    match composition {
        Composition::Memory => return Ok(()),
        Composition::Embedded => embedded::check_free(data, Arc::new(SystemClock::new()))?,
        Composition::Cluster => cluster::check_free(data)?,
    }
    let date = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{date}"));
    let aside = data.with_file_name(name);
    std::fs::rename(data, &aside).map_err(|error| Failure::io("set aside", data, &error))?;
    console.line(format!("The old folder is kept as {}.", aside.display()));
    Ok(())
}

#[cfg(test)]
mod tests;
