//! A process that is told to wait with its mail, and one that is told to finish what it has.
//!
//! Both are bits of the word that a process looks at before each message anyway, so they cost nothing where they are
//! not used. They belong to one life: the next one begins without them.

use std::sync::atomic::Ordering;

use futures_channel::oneshot;

use super::lane::flag;
use super::{Control, Watcher};
use crate::process::Exit;

/// A drain that has begun.
pub(crate) struct Draining<T> {
    /// The life that is drained.
    pub(crate) incarnation: u64,
    /// Told when it ends.
    pub(crate) ended: oneshot::Receiver<Exit>,
    /// What closing its mailbox answered.
    pub(crate) closed: T,
}

impl Control {
    /// Has it wait with its mail, in its present life. Nobody is woken: it looks before it takes the next message.
    pub(crate) fn pause(&self) {
        let state = self.state.lock();
        if state.running() {
            self.flags.fetch_or(flag::PAUSED, Ordering::AcqRel);
        }
    }

    /// Has it go on.
    pub(crate) fn resume(&self) {
        let was_paused = {
            let state = self.state.lock();
            let before = self.flags.fetch_and(!flag::PAUSED, Ordering::AcqRel);
            state.running() && before & flag::PAUSED != 0
        };
        if was_paused {
            self.wake();
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.flags.load(Ordering::Acquire) & flag::PAUSED != 0
    }

    /// Whether it takes no new mail and ends when it has handled what waits.
    pub(crate) fn is_draining(&self) -> bool {
        self.flags.load(Ordering::Acquire) & flag::DRAINING != 0
    }

    /// Begins a drain of the present life; `None` where none goes on. `close` has its mailbox take nothing more. The
    /// caller wakes the process when it has let go of what `close` answered.
    pub(crate) fn begin_drain<T>(&self, close: impl FnOnce() -> T) -> Option<Draining<T>> {
        let mut state = self.state.lock();
        let (sender, ended) = oneshot::channel();
        state.add_watcher(Watcher::Task(sender)).ok()?;
        let closed = close();
        // After the mailbox is closed: whoever sees the flag, and no mail, has seen all of it.
        self.flags.fetch_or(flag::DRAINING, Ordering::AcqRel);
        Some(Draining { incarnation: state.incarnation, ended, closed })
    }

    /// Asks the life `incarnation` to stop as shut down, and no later one.
    pub(crate) fn stop_life(&self, incarnation: u64) {
        let mut state = self.state.lock();
        let asked = state.incarnation == incarnation && self.ask_to_stop(&mut state, Exit::Shutdown);
        drop(state);
        if asked {
            self.wake();
        }
    }
}
