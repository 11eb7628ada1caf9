//! `MemoryMessaging` keeps the contract of `Messaging`.

use std::sync::Arc;

use foundation_core::port::messaging::Messaging;
use foundation_memory::MemoryMessaging;
use foundation_testkit::Simulated;

use crate::threaded::Threaded;

mod simulated {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn Messaging> {
        Simulated::<dyn Messaging>::new(seed, |world| Arc::new(MemoryMessaging::new(world.clock())))
    }

    foundation_testkit::messaging_contract!(make, seeds = 4);
}

mod threaded {
    use super::*;

    fn make(_: u64) -> Threaded<dyn Messaging> {
        Threaded::<dyn Messaging>::new(|world| Arc::new(MemoryMessaging::new(Arc::clone(&world.clock))))
    }

    foundation_testkit::messaging_contract!(make);
}
