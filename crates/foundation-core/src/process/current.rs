//! The process that runs on this thread: the word of the message at hand, whom it waits for, and when it wants to be
//! woken.
//!
//! A process's future puts its own entry here for the length of each poll, so that a call made anywhere below it is
//! known to be the process's own. So a call costs no timer: the process keeps one alarm for all its deadlines, and
//! sets it anew only where a deadline comes before it.

use std::cell::Cell;

use crate::port::clock::Monotonic;

/// What a running process says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Current {
    /// The process's number; 0 where no process runs here.
    pub(super) process: u64,
    /// The word of the message at hand.
    pub(super) word: u64,
    /// The number of the process whose answer it waits for; 0 for none.
    pub(super) waits_for: u64,
    /// When it wants to be woken at the latest.
    pub(super) wake_at: Option<Monotonic>,
}

thread_local! {
    static CURRENT: Cell<Current> = const { Cell::new(Current { process: 0, word: 0, waits_for: 0, wake_at: None }) };
}

/// Makes `entry` the current one and answers the one before.
pub(super) fn replace(entry: Current) -> Current {
    CURRENT.replace(entry)
}

/// The word of the message at hand; 0 outside any process.
pub(super) fn word() -> u64 {
    CURRENT.get().word
}

/// Sets the word of the message at hand.
pub(super) fn set_word(word: u64) {
    let mut current = CURRENT.get();
    current.word = word;
    CURRENT.set(current);
}

/// Whether a process runs here.
pub(super) fn is_process() -> bool {
    CURRENT.get().process != 0
}

/// Notes that the process that runs here waits for an answer of `callee`, until `deadline`. `false` where none does.
pub(super) fn wait_for(callee: u64, deadline: Monotonic) -> bool {
    let mut current = CURRENT.get();
    if current.process == 0 {
        return false;
    }
    current.waits_for = callee;
    current.wake_at = Some(current.wake_at.map_or(deadline, |other| other.min(deadline)));
    CURRENT.set(current);
    true
}

/// The process that runs here does not wait for `callee` any more.
pub(super) fn wait_is_over(callee: u64) {
    let mut current = CURRENT.get();
    if current.waits_for == callee {
        current.waits_for = 0;
        CURRENT.set(current);
    }
}
