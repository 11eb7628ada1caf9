//! Programs of several kinds as objectives of studies, and real kills.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod ends;
mod judges;
mod kills;
mod limits;
mod python;
mod sklearn;
mod talk;
mod world;
