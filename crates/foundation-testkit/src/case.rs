//! Running cases, and what they say when something is wrong.

use std::fmt::Debug;
use std::sync::Arc;

use foundation_core::{Code, Error, Result};

use crate::harness::{Harness, Reopen};
use crate::world::World;

/// Runs one case on a fresh adapter for each seed from 1 to `seeds`, unless what the adapter needs is not there.
///
/// # Panics
/// Where the case fails; the seed is written to standard error.
pub fn run<H: Harness>(seeds: u64, make: impl Fn(u64) -> H, case: impl AsyncFn(&World, &Arc<H::Port>)) {
    for seed in 1..=seeds {
        let _name = NameOnPanic(seed);
        let harness = make(seed);
        if !harness.is_there() {
            return;
        }
        let port = harness.port();
        harness.block_on(case(harness.world(), &port));
    }
}

/// Runs one case in two lives of an adapter: `case` is called with a life's number, 1 before and 2 after reopening.
/// What it answers the first time it is given the second time.
///
/// # Panics
/// As [`run`].
pub fn run_twice<H: Reopen, T>(
    seeds: u64,
    make: impl Fn(u64) -> H,
    before: impl AsyncFn(&World, &Arc<H::Port>) -> T,
    after: impl AsyncFn(&World, &Arc<H::Port>, T),
) {
    for seed in 1..=seeds {
        let _name = NameOnPanic(seed);
        let harness = make(seed);
        if !harness.is_there() {
            return;
        }
        let port = harness.port();
        let kept = harness.block_on(before(harness.world(), &port));
        drop(port);
        let harness = harness.reopen();
        let port = harness.port();
        harness.block_on(after(harness.world(), &port, kept));
    }
}

pub(crate) struct NameOnPanic(pub(crate) u64);

impl Drop for NameOnPanic {
    #[expect(clippy::print_stderr, reason = "a failed test says which seed it failed with")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed with seed {}", self.0);
        }
    }
}

/// The error of a call that had to be refused.
///
/// # Panics
/// Where it was not refused, or for another reason than `code`.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T>, code: Code, what: &str) -> Error {
    match result {
        Err(error) if error.code() == code => error,
        Err(error) => panic!("{what}: expected {code:?}, got {error}"),
        Ok(value) => panic!("{what}: expected {code:?}, got {value:?}"),
    }
}
