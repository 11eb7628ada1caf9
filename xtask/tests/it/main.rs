//! The binaries from outside: what it prints, where, and the exit code.

#![expect(clippy::expect_used, reason = "a step of a test that fails ends the test")]

#[cfg(feature = "app")]
mod cached;
mod command_line;
#[cfg(feature = "app")]
mod formats;
#[cfg(feature = "app")]
mod job;
mod matrix;
#[cfg(feature = "app")]
mod python;
