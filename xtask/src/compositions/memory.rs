//! Everything in the memory of this process; nothing is kept.

use std::sync::Arc;

use foundation_core::{MeasuredEventLog, Runtime};
use foundation_memory::{MemoryEventLog, MemoryKeyValue};

use super::{Engine, Storage};

pub(super) fn storage(runtime: &Runtime) -> Storage {
    let log = Arc::new(MemoryEventLog::new());
    Storage {
        log: Arc::new(MeasuredEventLog::new(log, runtime.clock().clone(), runtime.telemetry())),
        key_value: Arc::new(MemoryKeyValue::new(runtime.clock().clone())),
        notes: Vec::new(),
        engine: Engine::None,
    }
}
