//! Integration tests of the sled stores.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]

mod child;
mod contract;
mod corruption;
mod export;
mod refused;
mod reopen;
mod support;
mod synced;
