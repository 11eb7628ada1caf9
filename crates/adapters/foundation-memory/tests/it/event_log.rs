//! `MemoryEventLog` keeps the contract of `EventLog`.

use std::sync::Arc;

use foundation_core::port::storage::EventLog;
use foundation_memory::MemoryEventLog;
use foundation_testkit::Simulated;

use crate::threaded::Threaded;

mod simulated {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn EventLog> {
        Simulated::<dyn EventLog>::new(seed, |_| Arc::new(MemoryEventLog::new()))
    }

    foundation_testkit::event_log_contract!(make, seeds = 4);
}

mod threaded {
    use super::*;

    fn make(_: u64) -> Threaded<dyn EventLog> {
        Threaded::<dyn EventLog>::new(|_| Arc::new(MemoryEventLog::new()))
    }

    foundation_testkit::event_log_contract!(make);
}
