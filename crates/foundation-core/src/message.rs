//! What goes between processes when a plain message is not enough: large payloads, one message for many, and a producer
//! that must not outrun its consumer.
//!
//! # Large payloads
//! A message is moved, never copied, but what is sent to many is cloned for each. Large data stand in a message as
//! [`Bytes`], which are counted by reference: a clone, a slice and a hop to another process leave the data where they
//! are, and the last one to let go frees them, a message that nobody handles included. [`Bytes::from_owner`] takes data
//! that live elsewhere (a mapped file, a `Vec<f32>` behind a view of bytes) without a copy either. What a program keeps
//! in another shape it shares as an `Arc`.
//!
//! ```
//! use foundation_core::message::Bytes;
//! use foundation_testkit::{Probe, each_seed, expect_matches};
//!
//! #[derive(Debug)]
//! enum Message {
//!     Image { pixels: Bytes },
//! }
//!
//! each_seed(1, |world, runtime| {
//!     let pixels = Bytes::from(vec![7; 1 << 20]);
//!     let mut probe = Probe::spawn(world, runtime, "viewer");
//!     probe.address().try_cast(Message::Image { pixels: pixels.clone() }).unwrap();
//!     let seen = expect_matches!(probe, Message::Image { pixels } => pixels);
//!     assert_eq!(seen.as_ptr(), pixels.as_ptr());
//! });
//! ```
//!
//! Bytes are not accounted to the processes that hold them; a process that keeps many says so by
//! [`Context::account_memory`](crate::Context::account_memory).
//!
//! # One for many
//! [`Broadcast`] encodes a value once and casts the same bytes to each member of a group, and tells who took it.
//!
//! # No more than is wanted
//! On a [`Flow`] producers send no more messages than their consumer has granted [`Credit`] for, and wait for credit in
//! the order they came.

mod broadcast;
mod flow;

pub use broadcast::{Broadcast, Delivery, Refused};
pub use bytes::Bytes;
pub use flow::{Credit, Flow, FlowCounts, FlowError, Permit, Unsent};
