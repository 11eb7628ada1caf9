//! Servers as child processes, from outside: each test has its own, on ports that the system chooses.

mod cluster;
mod one;
mod orphan;

use foundation_nats_server::{ServerSettings, find_or_skip};

/// Settings for a test, or nothing where there is no server.
fn settings(what: &str) -> Option<ServerSettings> {
    find_or_skip(what).map(ServerSettings::new)
}
