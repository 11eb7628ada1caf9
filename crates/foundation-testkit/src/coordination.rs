//! What coordination owes on every [`KeyValue`]: leases, locks, leaders, fences, permits, barriers and counters.
//!
//! Programs that die, and programs whose answers are lost, are behind an [`Unreliable`] connection of their own.

mod barriers;
mod counters;
mod elections;
mod fences;
mod leases;
mod locks;
mod permits;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::coordination::{Coordination, CoordinationName, CoordinationParts, LeaseSettings};
use foundation_core::event::NodeId;
use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::KeyValue;
use foundation_memory::SeededEntropy;

use crate::unreliable::Unreliable;
use crate::world::World;

pub use barriers::*;
pub use counters::*;
pub use elections::*;
pub use fences::*;
pub use leases::*;
pub use locks::*;
pub use permits::*;

/// Leases in cases where nobody dies: so long that a slow machine does not lose one.
const LONG: u32 = 20;

/// Leases in cases that wait for their end.
const SHORT: u32 = 2;

fn name(text: &str) -> CoordinationName {
    CoordinationName::new(text).unwrap()
}

thread_local! {
    /// How many programs there were on this thread, so that no two draw the same numbers.
    static PROGRAMS: Cell<u64> = const { Cell::new(0) };
}

/// A program on the node of that number.
fn program(world: &World, store: &Arc<dyn KeyValue>, number: u64, ttl: u32) -> Coordination {
    Coordination::new(CoordinationParts {
        store: Arc::clone(store),
        clock: Arc::clone(&world.clock),
        spawner: world.spawner.clone(),
        entropy: Arc::new(SeededEntropy::new(PROGRAMS.replace(PROGRAMS.get() + 1))),
        node: NodeId::new(format!("n{number}")).unwrap(),
    })
    .with_leases(LeaseSettings::seconds(ttl))
}

/// A program behind a connection that can be cut or loses answers.
fn distant(world: &World, store: &Arc<dyn KeyValue>, number: u64, ttl: u32) -> (Coordination, Arc<Unreliable>) {
    let connection = Unreliable::new(Arc::clone(store), world, number);
    let port: Arc<dyn KeyValue> = Arc::clone(&connection) as _;
    (program(world, &port, number, ttl), connection)
}

/// So late that it comes only where something hangs.
fn at_last(world: &World) -> Monotonic {
    world.clock.now() + Duration::from_secs(45)
}
