//! Compositions: which adapters stand behind the ports. The one place that knows them all.

mod embedded;
mod memory;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::{Result, Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_prometheus::{PrometheusRecorder, Upkeep};
use foundation_sled::SledStore;
use mabeam::StudyPorts;

use crate::args::Composition;

/// How often the recorder folds its samples, so that they do not pile up between scrapes.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// A runtime with its adapters.
pub(crate) struct Application {
    pub(crate) ports: StudyPorts,
    pub(crate) recorder: Arc<PrometheusRecorder>,
    /// What opening the storage had to say: one line a thing that was out of order and how it was mended.
    pub(crate) notes: Vec<String>,
    upkeep: Upkeep,
    store: Option<SledStore>,
}

impl Application {
    /// Builds a composition. `data` is the folder of one that keeps something.
    ///
    /// # Errors
    /// Those of opening the storage.
    pub(crate) async fn build(composition: Composition, data: &Path) -> Result<Self> {
        let spawner = Spawner::current()
            .map_err(|error| foundation_core::Error::new(foundation_core::Code::Internal, error.to_string()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let recorder = Arc::new(PrometheusRecorder::new());
        let telemetry = Telemetry::new(recorder.clone());
        let runtime = Runtime::new(RuntimeParts {
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy::new()),
            spawner: spawner.clone(),
            node: NodeId::new("local")?,
            telemetry,
        });
        let storage = match composition {
            Composition::Memory => memory::storage(&runtime),
            Composition::Embedded => embedded::storage(&runtime, data).await?,
        };
        let upkeep = recorder.start_upkeep(&spawner, clock, UPKEEP_PERIOD);
        Ok(Self {
            ports: StudyPorts { runtime, log: storage.log, key_value: storage.key_value },
            recorder,
            notes: storage.notes,
            upkeep,
            store: storage.store,
        })
    }

    /// Ends what runs beside the processes and closes the storage; the folder is free when this answers.
    pub(crate) async fn close(self) -> Result<()> {
        self.upkeep.stop().await;
        drop(self.ports);
        match self.store {
            Some(store) => store.close().await,
            None => Ok(()),
        }
    }
}

/// The storage of a composition.
struct Storage {
    log: Arc<dyn EventLog>,
    key_value: Arc<dyn KeyValue>,
    notes: Vec<String>,
    store: Option<SledStore>,
}
