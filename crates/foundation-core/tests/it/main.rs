//! Integration tests of foundation-core, one module per subject.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "these are tests, helpers included")]

mod coordination;
mod ecosystem;
mod message;
mod process;
mod registry;
mod supervisor;
mod support;
mod telemetry;
