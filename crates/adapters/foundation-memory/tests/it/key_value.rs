//! `MemoryKeyValue` keeps the contract of `KeyValue`.

use std::sync::Arc;

use foundation_core::port::storage::KeyValue;
use foundation_memory::MemoryKeyValue;
use foundation_testkit::Simulated;

fn simulated(seed: u64) -> Simulated<dyn KeyValue> {
    Simulated::<dyn KeyValue>::new(seed, |world| Arc::new(MemoryKeyValue::new(world.clock())))
}

foundation_testkit::key_value_contract!(simulated, seeds = 4);
