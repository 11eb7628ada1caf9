//! `CachedKeyValue` keeps the contract of `KeyValue`, and what it says beyond.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod cache;
mod gate;
mod many;

mod contract {
    use std::sync::Arc;

    use foundation_core::port::storage::KeyValue;
    use foundation_memory::MemoryKeyValue;
    use foundation_moka::{CacheSettings, CachedKeyValue};
    use foundation_testkit::{Interleaved, Simulated};

    fn make(seed: u64) -> Simulated<dyn KeyValue> {
        Simulated::<dyn KeyValue>::new(seed, |world| {
            let store = Arc::new(Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock()))));
            Arc::new(CachedKeyValue::new(store, world.clock(), world.spawner(), CacheSettings::default()))
        })
    }

    foundation_testkit::key_value_contract!(make, seeds = 4);
}
