//! Protection of calls that may fail: so far retry, with a deadline over all attempts.
//!
//! [`Retry`] repeats an operation while its errors say that trying again can help, waits longer each time, and gives
//! up after a number of attempts or at a deadline. Time and chance come from the ports, so a test owns both.
//!
//! ```
//! use std::time::Duration;
//!
//! use foundation_core::{Code, Error};
//! use foundation_infra::Retry;
//! use foundation_memory::Simulation;
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let (clock, entropy) = (world.clock(), world.entropy());
//! let mut failures = 2;
//! let answer = world.block_on(Retry::default().run(&*clock, &*entropy, || {
//!     let failing = failures > 0;
//!     failures -= i32::from(failing);
//!     async move { if failing { Err(Error::new(Code::Timeout, "ask the oracle")) } else { Ok(42) } }
//! }))?;
//! assert_eq!(answer, 42);
//! # Ok(())
//! # }
//! ```
//!
//! # What it is not
//! It does not judge whether an operation may be repeated: an error's code does. `OutcomeUnknown` is not retried,
//! because the operation may have taken effect; whoever knows better (an append with a batch id) repeats by itself.

mod retry;

pub use retry::Retry;
