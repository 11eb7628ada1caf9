//! Coordination over a store in memory, every step of which can be interrupted by any other.

mod barriers;
mod paused;

use std::sync::Arc;

use foundation_core::port::storage::KeyValue;
use foundation_memory::MemoryKeyValue;
use foundation_testkit::{Interleaved, Simulated};

mod contract {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn KeyValue> {
        Simulated::<dyn KeyValue>::new(seed, |world| {
            Arc::new(Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock()))))
        })
    }

    foundation_testkit::coordination_contract!(make, seeds = 24);
}
