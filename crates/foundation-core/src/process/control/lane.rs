//! The control lane itself: what is put in, what is taken out, and what interrupts a message at hand.

use std::sync::atomic::Ordering;
use std::task::Waker;

use futures_channel::oneshot;

use super::{Control, Signal, State};
use crate::process::Exit;

/// The bits of a process's word of flags.
pub(super) mod flag {
    /// It ends at its next await, unless it says farewell.
    pub(in super::super) const EXIT: u32 = 1;
    /// It ends at its next await.
    pub(in super::super) const KILL: u32 = 2;
    /// Signals wait.
    pub(in super::super) const SIGNAL: u32 = 4;
    /// It runs its `terminate`.
    pub(in super::super) const FAREWELL: u32 = 8;
}

/// How a message at hand may be interrupted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(crate) enum Urgency {
    /// Not while it says farewell.
    Exit = flag::EXIT,
    /// Always.
    Kill = flag::KILL,
}

impl Control {
    /// Tells how to wake the task that runs it; called at the first poll of each life.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        self.seat.take(waker);
    }

    pub(super) fn forget_waker(&self) {
        self.seat.leave();
    }

    /// Has its task polled.
    #[inline]
    pub(crate) fn wake(&self) {
        self.seat.wake();
    }

    /// Whether there is anything to see before the next message.
    pub(crate) fn has_news(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & (flag::EXIT | flag::KILL | flag::SIGNAL) != 0
    }

    /// Whether it has to end now rather than take another step.
    pub(crate) fn is_interrupted(&self) -> bool {
        let flags = self.flags.load(Ordering::Acquire);
        flags & flag::KILL != 0 || flags & (flag::EXIT | flag::FAREWELL) == flag::EXIT
    }

    /// Why it has to end now.
    pub(crate) fn interruption(&self) -> Exit {
        let state = self.state.lock();
        state.more.as_ref().and_then(|more| more.interrupt.clone()).unwrap_or(Exit::Killed)
    }

    /// From here on only a kill interrupts it.
    pub(crate) fn begin_farewell(&self) {
        self.flags.fetch_or(flag::FAREWELL, Ordering::AcqRel);
    }

    /// Its code runs on a thread from here, or does not any more.
    pub(crate) fn set_on_thread(&self, is: bool) {
        self.on_thread.store(is, Ordering::Relaxed);
    }

    pub(crate) fn next_signal(&self) -> Option<Signal> {
        if self.flags.load(Ordering::Acquire) & flag::SIGNAL == 0 {
            return None;
        }
        let mut state = self.state.lock();
        let more = state.more();
        let signal = more.signals.pop_front();
        if more.signals.is_empty() {
            self.flags.fetch_and(!flag::SIGNAL, Ordering::AcqRel);
        }
        signal
    }

    /// Puts a signal in; the caller wakes the process when it has let go of the lock.
    pub(super) fn signal(&self, state: &mut State, signal: Signal) {
        state.more().signals.push_back(signal);
        self.flags.fetch_or(flag::SIGNAL, Ordering::AcqRel);
    }

    pub(crate) fn trap_exits(&self, trapping: bool) {
        self.state.lock().trapping = trapping;
    }

    /// Asks it to end between two messages. The first reason counts, and only that one is kept, so that asking again
    /// and again does not fill the lane.
    pub(crate) fn stop(&self, exit: Exit) {
        let mut state = self.state.lock();
        let asked =
            state.more.as_ref().is_some_and(|more| more.signals.iter().any(|signal| matches!(signal, Signal::Stop(_))));
        if state.running() && !asked {
            self.signal(&mut state, Signal::Stop(exit));
            drop(state);
            self.wake();
        }
    }

    /// Ends it at its next await.
    pub(crate) fn kill(&self) {
        let mut state = self.state.lock();
        if state.running() {
            self.interrupt(&mut state, Exit::Killed, Urgency::Kill);
            drop(state);
            self.wake();
        }
    }

    pub(super) fn interrupt(&self, state: &mut State, exit: Exit, urgency: Urgency) {
        let present = self.flags.load(Ordering::Acquire) & (flag::EXIT | flag::KILL);
        if present < urgency as u32 {
            // A plain kill needs no reason put down.
            if state.more.is_some() || !matches!(exit, Exit::Killed) {
                state.more().interrupt = Some(exit);
            }
            self.flags.fetch_or(urgency as u32, Ordering::AcqRel);
        }
    }

    /// Asks whether the life `incarnation` outlives the message at hand: answers `None` if so, and otherwise why it
    /// ended.
    ///
    /// This is how the end of a caller's reply slot is told from the end of the process that held it: a handler drops
    /// the slot before its own end is known.
    pub(crate) async fn outlived_by(&self, incarnation: u64) -> Option<Exit> {
        let answer = {
            let mut state = self.state.lock();
            if state.running() && state.incarnation == incarnation {
                let (sender, receiver) = oneshot::channel();
                self.signal(&mut state, Signal::Probe(sender));
                Ok(receiver)
            } else {
                // Of a life two restarts ago only the latest reason is left.
                Err(state.latest_exit())
            }
        };
        match answer {
            Ok(receiver) => {
                self.wake();
                receiver.await.unwrap_or(Some(Exit::Killed))
            }
            Err(exit) => Some(exit),
        }
    }
}
