//! How many steps a checker may take. Neither of the two can be told to stop, so the model they call stops them: it
//! unwinds when the budget is spent.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Answer;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// What unwinds when the budget is spent.
struct Spent;

/// Runs a checker that may take `steps`; it answers whether the history is linearizable.
pub(super) fn within(steps: u64, check: impl FnOnce() -> bool) -> Answer {
    LEFT.set(steps);
    match catch_unwind(AssertUnwindSafe(check)) {
        Ok(true) => Answer::Linearizable,
        Ok(false) => Answer::Not,
        Err(cause) if cause.is::<Spent>() => Answer::Undecided,
        Err(cause) => resume_unwind(cause),
    }
}

/// Takes a step.
pub(super) fn step() {
    let left = LEFT.get();
    if left == 0 {
        // Without the panic hook: nothing is broken, and nothing is to be printed.
        resume_unwind(Box::new(Spent));
    }
    LEFT.set(left - 1);
}
