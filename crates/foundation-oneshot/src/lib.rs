//! The reply slot of a call: a value that is written once and read once, between two sides of which either may go first.
//!
//! A call to a process makes one of these, so its price is a part of every call's: one heap block without a reference
//! count, and two atomic read-modify-write operations where the caller waits before the answer comes (one where the
//! answer is first). That needs code that the compiler cannot check. This crate holds it, all of it, and nothing else:
//! it has no dependencies, and its tests run every interleaving on a model checker (`cargo xtask test --only model`).
//!
#![cfg_attr(not(feature = "loom"), doc = "```")]
// Built on loom it runs in a model alone.
#![cfg_attr(feature = "loom", doc = "```no_run")]
//! use std::pin::pin;
//! use std::task::{Context, Poll, Waker};
//!
//! use foundation_oneshot::{Unanswered, oneshot};
//!
//! let mut cx = Context::from_waker(Waker::noop());
//!
//! let (sender, mut receiver) = oneshot();
//! assert!(receiver.poll(&mut cx).is_pending());
//! assert_eq!(sender.send(7), Ok(()));
//! assert_eq!(receiver.poll(&mut cx), Poll::Ready(Ok(7)));
//!
//! // Whoever is left behind hears of it.
//! let (sender, receiver) = oneshot::<u32>();
//! drop(sender);
//! assert_eq!(pin!(receiver).as_mut().poll(&mut cx), Poll::Ready(Err(Unanswered)));
//! let (sender, receiver) = oneshot();
//! drop(receiver);
//! assert!(!sender.is_awaited());
//! assert_eq!(sender.send(7), Err(7));
//! ```

#[cfg(feature = "planted-bugs")]
pub mod planted;
mod platform;
mod slot;

pub use slot::{Receiver, Sender, Unanswered, oneshot};
