//! Tests of processes that run in many worlds, one for each seed.

use foundation_core::event::NodeId;
use foundation_core::{Runtime, RuntimeParts, Telemetry};
use foundation_memory::Simulation;

use crate::case::NameOnPanic;
use crate::ledger::assert_balanced;

/// Runs a test of processes in a fresh world for each seed from 1 to `seeds`. When it is through, every message sent
/// must be accounted for, and no task outside the processes may have panicked.
///
/// # Panics
/// Where the test does; the seed is written to standard error.
pub fn each_seed(seeds: u64, test: impl Fn(&Simulation, &Runtime)) {
    for seed in 1..=seeds {
        let _name = NameOnPanic(seed);
        let world = Simulation::new(seed);
        let runtime = runtime_in(&world);
        test(&world, &runtime);
        assert_eq!(world.panics(), [], "a task panicked; the seed was {seed}");
        assert_balanced(&runtime);
    }
}

/// A runtime on the ports of `world`: its clock, chance and spawner, without telemetry.
///
/// # Panics
/// Never: the node's name is a good one.
#[must_use]
pub fn runtime_in(world: &Simulation) -> Runtime {
    Runtime::new(RuntimeParts {
        clock: world.clock(),
        entropy: world.entropy(),
        spawner: world.spawner(),
        node: NodeId::new("test").unwrap(),
        telemetry: Telemetry::none(),
    })
}
