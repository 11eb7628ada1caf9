//! Tests from outside, on real servers: the contracts of the ports on one server and on three, and what only servers
//! that end, links that break and refusals show.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod coordination;
mod kv;
mod kv_access;
mod kv_contract;
mod kv_faults;
mod kv_proxy;
mod log;
mod log_consumers;
mod log_docs;
mod log_faults;
mod log_meddled;
mod log_support;
mod messaging;
mod messaging_faults;
mod registry;
mod server;
