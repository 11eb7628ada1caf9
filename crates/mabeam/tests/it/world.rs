//! What a study stands on in these tests.

use std::sync::Arc;

use foundation_core::event::NodeId;
use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::{Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{MemoryEventLog, MemoryKeyValue, Simulation, SystemClock};
use mabeam::{Advanced, Params, SearchSpace, StudyPorts, StudyState, Trainer, TrialContext, TrialError};

/// Storage that outlives a simulation, as a disk outlives a process.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) key_value: Arc<dyn KeyValue>,
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self {
            log: Arc::new(MemoryEventLog::new()),
            key_value: Arc::new(MemoryKeyValue::new(Arc::new(SystemClock::new()))),
        }
    }

    /// The ports of a run on a simulation.
    pub(crate) fn on(&self, world: &Simulation) -> StudyPorts {
        self.ports(RuntimeParts {
            clock: world.clock(),
            entropy: world.entropy(),
            spawner: world.spawner(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        })
    }

    /// The ports of a run on the tokio runtime of the caller.
    pub(crate) fn on_tokio(&self) -> StudyPorts {
        self.ports(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Simulation::new(1).entropy(),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        })
    }

    fn ports(&self, parts: RuntimeParts) -> StudyPorts {
        StudyPorts { runtime: Runtime::new(parts), log: self.log.clone(), key_value: self.key_value.clone() }
    }
}

pub(crate) fn space() -> SearchSpace {
    SearchSpace::builder().float("x", 0.0, 1.0).log_float("rate", 1e-4, 1.0).build().unwrap()
}

/// Approaches a value that depends on the parameters, with some noise by epoch; some parameters fail, one panics.
#[derive(Debug)]
pub(crate) struct Approach;

impl Trainer for Approach {
    fn advance(&self, trial: &TrialContext, params: &Params, from: Option<&[u8]>) -> Result<Advanced, TrialError> {
        let x = params.float("x")?;
        if trial.trial == 5 {
            return Err("this one never works".into());
        }
        assert!(trial.trial != 7, "this one is broken");
        let mut at = match from {
            None => 0.0,
            Some(bytes) => f64::from_le_bytes(bytes[..8].try_into().map_err(|_| "a checkpoint has 8 bytes")?),
        };
        for epoch in trial.from_epoch..trial.to_epoch {
            at += (1.0 - (x - 0.3).abs() - at) * 0.3 + 0.01 * trial.stream(epoch + 1).next_f64();
        }
        // Large enough for several chunks, most of them equal.
        let mut checkpoint = at.to_le_bytes().to_vec();
        checkpoint.resize(100_000, 7);
        Ok(Advanced { value: at, checkpoint })
    }
}

/// What has to be equal between two runs of one study.
pub(crate) fn result(state: &StudyState) -> String {
    let trials: Vec<_> = state
        .trials()
        .iter()
        .map(|t| {
            let values: Vec<_> = t.rungs.iter().map(|r| (r.rung, r.epochs, r.value.to_bits())).collect();
            (t.id, &t.params, t.state, values, &t.failure)
        })
        .collect();
    format!("{trials:?} {:?} {}", state.best().map(|t| t.id), state.epochs().granted)
}

/// Lets others take their turns, so many times, before it goes on.
pub(crate) async fn turns(count: u32) {
    for _ in 0..count {
        let mut is_over = false;
        std::future::poll_fn(|context| {
            if is_over {
                return std::task::Poll::Ready(());
            }
            is_over = true;
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}
