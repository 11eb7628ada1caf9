//! `MemoryEventLog` keeps the contract of `EventLog`.

use std::sync::Arc;

use foundation_core::port::storage::EventLog;
use foundation_memory::MemoryEventLog;
use foundation_testkit::Simulated;

fn simulated(seed: u64) -> Simulated<dyn EventLog> {
    Simulated::<dyn EventLog>::new(seed, |_| Arc::new(MemoryEventLog::new()))
}

foundation_testkit::event_log_contract!(simulated, seeds = 4);
