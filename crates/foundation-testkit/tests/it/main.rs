//! A suite is worth something only if it fails on what is broken: adapters with one planted defect each, and the case
//! that has to find it.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod event_log;
mod key_value;
mod lists;
mod messaging;
mod registry;

use foundation_core::port::spawner::panic_message;

/// Runs a case and answers what it failed with; fails itself where the case passes.
#[track_caller]
fn failure(case: impl FnOnce() + std::panic::UnwindSafe) -> String {
    match std::panic::catch_unwind(case) {
        Ok(()) => panic!("the case did not find the planted defect"),
        Err(panic) => panic_message(panic.as_ref()),
    }
}
