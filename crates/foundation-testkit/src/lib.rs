//! Contract suites: what every implementation of a port owes, as tests that any adapter runs.
//!
//! An adapter writes a [`Harness`] (or uses [`Simulated`], a virtual world) and names the suite in its `tests/it`; the
//! macro expands to one `#[test]` for each case:
//!
//! ```
//! mod key_value {
//!     use std::sync::Arc;
//!     use foundation_memory::MemoryKeyValue;
//!     use foundation_testkit::Simulated;
//!     use foundation_core::port::storage::KeyValue;
//!
//!     foundation_testkit::key_value_contract!(
//!         |seed| Simulated::<dyn KeyValue>::new(seed, |world| Arc::new(MemoryKeyValue::new(world.clock()))),
//!         seeds = 4
//!     );
//! }
//! # fn main() {}
//! ```
//!
//! With `seeds = n` each case runs in n worlds, in which concurrent tasks take their steps in different orders; a
//! failure names its seed. An adapter whose data outlive it runs the `durable` suites as well, with a harness that can
//! [`Reopen`].
//!
//! An adapter that never waits gives a simulation nothing to reorder: [`Interleaved`] makes a store wait for its turn at
//! each operation, for whatever is built on one.
//!
//! Cases say *what* they check in their first line of documentation: [`key_value`], [`event_log`], [`registry`],
//! [`messaging`], [`clock`], [`entropy`], [`spawner`]. A suite's own tests run it against adapters that are broken on
//! purpose.
//!
//! For use from `tests/it` only: a unit test of foundation-core that used it would meet two copies of the ports.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a case fails by panicking, as a test does")]

mod case;
pub mod clock;
pub mod entropy;
pub mod event_log;
mod harness;
mod interleaved;
pub mod key_value;
pub mod messaging;
pub mod registry;
pub mod spawner;
mod suite;
mod world;

pub use case::{run, run_twice};
pub use foundation_memory::{SeededEntropy, Simulation, VirtualClock};
pub use harness::{Harness, Reopen, Simulated};
pub use interleaved::Interleaved;
pub use world::World;
