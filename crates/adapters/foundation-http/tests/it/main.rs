//! The server over real sockets, with a raw client: what is on the wire is what is tested.

#![expect(clippy::expect_used, reason = "a step of a test that fails ends the test")]

mod access;
mod answers;
mod client;
mod counted;
mod limits;
#[cfg(feature = "studies")]
mod nonsense;
mod stopping;
#[cfg(feature = "studies")]
mod studies;
#[cfg(feature = "studies")]
mod telling;
