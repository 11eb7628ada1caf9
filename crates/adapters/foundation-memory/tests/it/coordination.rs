//! Coordination over `MemoryKeyValue`, in simulated worlds and on threads.

use std::sync::Arc;

use foundation_core::port::storage::KeyValue;
use foundation_memory::MemoryKeyValue;
use foundation_testkit::Simulated;

use crate::threaded::Threaded;

mod simulated {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn KeyValue> {
        Simulated::<dyn KeyValue>::new(seed, |world| Arc::new(MemoryKeyValue::new(world.clock())))
    }

    foundation_testkit::coordination_contract!(make, seeds = 4);
}

mod threaded {
    use super::*;

    fn make(_: u64) -> Threaded<dyn KeyValue> {
        Threaded::<dyn KeyValue>::new(|world| Arc::new(MemoryKeyValue::new(Arc::clone(&world.clock))))
    }

    foundation_testkit::coordination_contract!(make);
}
