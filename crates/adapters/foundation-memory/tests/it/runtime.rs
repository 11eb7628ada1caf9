//! The clocks, the sources of chance and the spawners keep their contracts.

use std::sync::Arc;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::Entropy;
use foundation_memory::{SeededEntropy, SystemEntropy};
use foundation_testkit::Simulated;

use crate::threaded::Threaded;

mod virtual_clock {
    use super::*;

    foundation_testkit::clock_contract!(|seed| Simulated::<dyn Clock>::new(seed, |world| world.clock()));
}

mod system_clock {
    use super::*;

    foundation_testkit::clock_contract!(|_| Threaded::<dyn Clock>::new(|world| Arc::clone(&world.clock)));
}

mod seeded_entropy {
    use super::*;

    foundation_testkit::entropy_contract!(|seed| Simulated::<dyn Entropy>::new(seed, |world| world.entropy()));

    #[test]
    fn a_seed_names_a_sequence() {
        let draw = |seed| {
            let entropy = SeededEntropy::new(seed);
            (0..100).map(|_| entropy.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}

mod system_entropy {
    use super::*;

    foundation_testkit::entropy_contract!(|_| Threaded::<dyn Entropy>::new(|_| Arc::new(
        SystemEntropy::new().unwrap()
    )));

    #[test]
    fn two_instances_differ_and_show_no_key() {
        let (one, two) = (SystemEntropy::new().unwrap(), SystemEntropy::new().unwrap());
        assert_ne!(one.next_u128(), two.next_u128());
        assert_eq!(format!("{one:?}"), "SystemEntropy { .. }");
    }
}

mod simulated_spawner {
    use super::*;

    foundation_testkit::spawner_contract!(
        |seed| Simulated::<Spawner>::new(seed, |world| Arc::new(world.spawner())),
        seeds = 4
    );
}

mod tokio_spawner {
    use super::*;

    foundation_testkit::spawner_contract!(|_| Threaded::<Spawner>::new(|world| Arc::new(world.spawner.clone())));
}
