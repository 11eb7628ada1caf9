//! A suite is worth something only if it fails on what is broken: adapters with one planted defect each, and the case
//! that has to find it. A probe is, if its failures tell what came; and a virtual world, if one seed is one run.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod coordination;
mod determinism;
mod event_log;
mod key_value;
mod lists;
mod messaging;
mod probe;
mod registry;

use foundation_core::port::spawner::panic_message;

/// Runs a case, or an expectation, and answers what it failed with; fails itself where the case passes.
#[track_caller]
fn failure(case: impl FnOnce() + std::panic::UnwindSafe) -> String {
    match std::panic::catch_unwind(case) {
        Ok(()) => panic!("it did not fail"),
        Err(panic) => panic_message(panic.as_ref()),
    }
}
