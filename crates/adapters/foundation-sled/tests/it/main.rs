//! Integration tests of the sled stores.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

mod export;
mod reopen;
