//! The process that runs on this thread: the word of the message at hand, whom it waits for, and when it wants to be
//! woken.
//!
//! A process's future puts its own entry here for the length of each poll, so that a call made anywhere below it is
//! known to be the process's own. So a call costs no timer: the process keeps one alarm for all its deadlines, and
//! sets it anew only where a deadline comes before it.

use std::cell::Cell;

use super::control::Stance;
use crate::port::clock::Monotonic;

/// What a running process says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Current {
    /// The process's number; 0 where no process runs here.
    pub(super) process: u64,
    /// The word of the message at hand.
    pub(super) word: u64,
    /// The number of the process whose answer it waits for; 0 for none.
    pub(super) waits_for: u64,
    /// When it wants to be woken at the latest; [`NEVER`] where it does not.
    pub(super) wake_at: Monotonic,
    /// How it stands when it does not run here any more.
    pub(super) stance: Stance,
}

/// After steps of others that cost so much together a task lets others run: none of them was a wait, so nothing else
/// makes it. As much as tokio lets a task do of its own channels' operations.
const COST_PER_YIELD: u32 = 128;

/// What a step costs that starts a process or ends it. One for a call costs one.
const COST_OF_LIFE: u32 = 2;

/// So deep calls run in place that are made in calls that run in place: each takes a part of the stack.
const DEEPEST: u8 = 3;

/// No time at which to be woken.
pub(super) const NEVER: Monotonic = Monotonic(u64::MAX);

/// Cells of their own: a send reads one of them, and each message sets one.
struct Entry {
    process: Cell<u64>,
    word: Cell<u64>,
    waits_for: Cell<u64>,
    wake_at: Cell<Monotonic>,
    stance: Cell<Stance>,
    /// What the steps of other processes cost that were taken here in the middle of something else.
    spent: Cell<u32>,
    /// How many calls run in place here, one in the other.
    depth: Cell<u8>,
}

thread_local! {
    static ENTRY: Entry = const {
        Entry {
            process: Cell::new(0),
            word: Cell::new(0),
            waits_for: Cell::new(0),
            wake_at: Cell::new(NEVER),
            stance: Cell::new(Stance::Waits),
            spent: Cell::new(0),
            depth: Cell::new(0),
        }
    };
}

/// A process runs here from now on. Answers what ran here before, where something did: a step that is taken in the
/// middle of another process's.
#[inline]
pub(super) fn enter(process: u64, word: u64, waits_for: u64) -> Option<Current> {
    ENTRY.with(|entry| {
        let around = (entry.process.get() != 0).then(|| entry.get());
        entry.set(Current { process, word, waits_for, wake_at: NEVER, stance: Stance::Waits });
        around
    })
}

/// It does not run here any more, and `around` does again. Answers what it said of itself.
#[inline]
pub(super) fn leave(around: Option<Current>) -> Current {
    ENTRY.with(|entry| {
        let current = entry.get();
        match around {
            None => {
                entry.process.set(0);
                entry.word.set(0);
            }
            Some(around) => entry.set(around),
        }
        current
    })
}

impl Entry {
    #[inline]
    fn get(&self) -> Current {
        Current {
            process: self.process.get(),
            word: self.word.get(),
            waits_for: self.waits_for.get(),
            wake_at: self.wake_at.get(),
            stance: self.stance.get(),
        }
    }

    #[inline]
    fn set(&self, current: Current) {
        self.process.set(current.process);
        self.word.set(current.word);
        self.waits_for.set(current.waits_for);
        self.wake_at.set(current.wake_at);
        self.stance.set(current.stance);
    }
}

/// The word of the message at hand; 0 outside any process.
#[inline]
pub(super) fn word() -> u64 {
    ENTRY.with(|entry| entry.word.get())
}

/// Sets the word of the message at hand.
#[inline]
pub(super) fn set_word(word: u64) {
    ENTRY.with(|entry| entry.word.set(word));
}

/// How the process that runs here stands when it does not run any more, where it does not wait for anything of its own.
pub(super) fn stand(stance: Stance) {
    ENTRY.with(|entry| entry.stance.set(stance));
}

/// Counts a step of another process that was taken here to start it; whether it is time to let others run.
pub(crate) fn spend_step() -> bool {
    spend(COST_OF_LIFE)
}

/// Counts a step of another process that was taken here for a call; whether it is time to let others run.
pub(super) fn spend_call() -> bool {
    spend(1)
}

fn spend(cost: u32) -> bool {
    ENTRY.with(|entry| {
        let spent = entry.spent.get() + cost;
        let is_spent = spent >= COST_PER_YIELD;
        entry.spent.set(if is_spent { 0 } else { spent });
        is_spent
    })
}

/// One call that runs in place, until it is dropped.
pub(super) struct Level(());

/// Goes one deeper; `None` where that is too deep.
pub(super) fn descend() -> Option<Level> {
    ENTRY.with(|entry| {
        let depth = entry.depth.get();
        (depth < DEEPEST).then(|| {
            entry.depth.set(depth + 1);
            Level(())
        })
    })
}

impl Drop for Level {
    fn drop(&mut self) {
        ENTRY.with(|entry| entry.depth.set(entry.depth.get() - 1));
    }
}

/// Whether a process runs here.
pub(super) fn is_process() -> bool {
    ENTRY.with(|entry| entry.process.get()) != 0
}

/// Notes that the process that runs here waits for an answer of `callee`, until `deadline`.
pub(super) fn wait_for(callee: u64, deadline: Monotonic) {
    ENTRY.with(|entry| {
        entry.waits_for.set(callee);
        entry.wake_at.set(entry.wake_at.get().min(deadline));
    });
}

/// The process that runs here does not wait for `callee` any more.
pub(super) fn wait_is_over(callee: u64) {
    ENTRY.with(|entry| {
        if entry.waits_for.get() == callee {
            entry.waits_for.set(0);
        }
    });
}
