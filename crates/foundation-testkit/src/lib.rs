//! What tests stand on: contract suites for every port, and probes for processes.
//!
//! # Processes
//! A [`Probe`] is a process that a test holds in its hand. Its address goes to the code under test; what comes is
//! expected one by one, in a world that runs until it is there or until nothing can happen any more. [`LedgerProbe`]
//! asserts what became of messages, and [`each_seed`] repeats a test in worlds where tasks take their steps in other
//! orders:
//!
//! ```
//! use std::time::Duration;
//!
//! use foundation_core::{Address, Context, Exit, Process};
//! use foundation_testkit::{LedgerProbe, Probe, each_seed, expect_matches};
//!
//! /// Passes each number on, doubled, after as many seconds.
//! struct Doubler(Address<u64>);
//!
//! impl Process for Doubler {
//!     type Message = u64;
//!
//!     async fn handle(&mut self, number: u64, ctx: &mut Context<Self>) -> Result<(), Exit> {
//!         ctx.clock().sleep(Duration::from_secs(number)).await;
//!         self.0.cast(2 * number).await.map_err(|error| Exit::failed(error.into()))
//!     }
//! }
//!
//! each_seed(4, |world, runtime| {
//!     let mut output = Probe::spawn(world, runtime, "output");
//!     let doubler = runtime.spawn("doubler", Doubler(output.address()));
//!     let mark = LedgerProbe::mark(runtime);
//!     doubler.try_cast(3).unwrap();
//!     doubler.try_cast(30).unwrap();
//!
//!     output.expect_none(); // Nothing can run any more at this time; nobody slept to find out.
//!     assert_eq!(output.expect_within(Duration::from_secs(3), "twice three", |n| *n == 6), 6);
//!     assert_eq!(expect_matches!(output, large if large > 50 => large), 60);
//!     mark.delta().sent(4).handled(4).rejected(0);
//!
//!     doubler.kill();
//!     assert!(matches!(output.expect_down(&doubler), Exit::Killed));
//! });
//! ```
//!
//! # Ports
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
//! failure names its seed. Where an adapter needs an engine that the machine may lack, its function answers an
//! `Option`. An adapter whose data outlive it runs the `durable` suites as well, with a harness that can
//! [`Reopen`].
//!
//! An adapter that never waits gives a simulation nothing to reorder: [`Interleaved`] makes a store wait for its turn at
//! each operation, for whatever is built on one. [`Unreliable`] is a connection to a store that loses answers or is cut.
//!
//! Cases say *what* they check in their first line of documentation: [`key_value`], [`event_log`], [`registry`],
//! [`coordination`], [`messaging`], [`clock`], [`entropy`], [`spawner`]. A suite's own tests run it against adapters that are broken on
//! purpose.
//!
//! For use from `tests/it` only: a unit test of foundation-core that used it would meet two copies of the ports.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a case fails by panicking, as a test does")]

mod case;
pub mod clock;
pub mod coordination;
pub mod entropy;
pub mod event_log;
mod harness;
mod interleaved;
pub mod key_value;
mod ledger;
pub mod messaging;
mod probe;
pub mod registry;
mod seeds;
pub mod spawner;
mod suite;
mod unreliable;
mod world;

pub use case::{run, run_twice};
pub use foundation_memory::{SeededEntropy, Simulation, VirtualClock};
pub use harness::{Harness, Reopen, Simulated};
pub use interleaved::Interleaved;
pub use ledger::{Delta, LedgerProbe, assert_balanced};
pub use probe::{PATIENCE, Probe, Watch};
pub use seeds::{each_seed, runtime_in};
pub use unreliable::Unreliable;
pub use world::World;
