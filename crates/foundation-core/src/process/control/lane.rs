//! The control lane itself: what is put in, what is taken out, and what interrupts a message at hand.

use std::sync::atomic::Ordering;
use std::task::Waker;

use futures_channel::oneshot;

use super::{Control, Signal, State};
use crate::process::Exit;
use crate::process::run::BoxLife;

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
    /// It is asked to stop as shut down. A stop that comes when no signal waits needs no place in the queue.
    pub(in super::super) const STOP_SHUTDOWN: u32 = 16;
    /// It is asked to stop as done.
    pub(in super::super) const STOP_NORMAL: u32 = 32;
    /// The waker of the first life is not its task's: it is not the first life, or the end of it, or one that has
    /// several tasks.
    pub(in super::super) const WAKER_ELSEWHERE: u32 = 64;
    /// Its `init` is done.
    pub(in super::super) const UP: u32 = 128;
    /// Somebody waits for its `init`.
    pub(in super::super) const AWAITED: u32 = 256;
    /// It is known how to wake its task.
    pub(in super::super) const WAKER: u32 = 512;
    /// It was woken when there was neither a task nor a life at rest: whoever has the life makes a task of it, or takes
    /// another step. With [`IN_PLACE`], also when there was a task.
    pub(in super::super) const WOKEN: u32 = 1024;
    /// Calls may run it where they are made, and it goes back to rest whenever it waits for mail.
    pub(in super::super) const IN_PLACE: u32 = 2048;
    /// It handles no mail until it is resumed.
    pub(in super::super) const PAUSED: u32 = 4096;
    /// It takes no new mail, and ends when it has handled what waits.
    pub(in super::super) const DRAINING: u32 = 8192;
    pub(in super::super) const STOP: u32 = STOP_SHUTDOWN | STOP_NORMAL;
    /// There is something to see before the next message.
    pub(in super::super) const NEWS: u32 = EXIT | KILL | SIGNAL | STOP | PAUSED | DRAINING;
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
    /// Tells how to wake the task that runs it; called at the task's first poll in each life. The task looks for work
    /// after this, so whatever came before is not overlooked.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let is_first = self.flags.load(Ordering::Acquire) & flag::WAKER_ELSEWHERE == 0;
        if is_first && self.waker.set(waker.clone()).is_ok() {
            // Whoever sees the flag finds the waker, and what others put in before they could is looked for after it.
            self.flags.fetch_or(flag::WAKER, Ordering::AcqRel);
            return;
        }
        let before = {
            let mut state = self.state.lock();
            self.flags.fetch_or(flag::WAKER, Ordering::AcqRel);
            state.more().waker.replace(waker.clone())
        };
        // The last waker of a task that was dropped may drop what is left of it; not under the lock.
        drop(before);
    }

    /// Whether it was told how to wake the task of the present life.
    pub(crate) fn has_waker(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flag::WAKER != 0
    }

    /// Has its task polled; a life at rest gets one.
    #[inline]
    pub(crate) fn wake(&self) {
        if self.flags.load(Ordering::Acquire) & (flag::WAKER | flag::WAKER_ELSEWHERE) == flag::WAKER {
            if let Some(first) = self.waker.get() {
                first.wake_by_ref();
            }
        } else {
            self.wake_otherwise();
        }
    }

    #[cold]
    fn wake_otherwise(&self) {
        let mut state = self.state.lock();
        if let Some(mut life) = state.rest.take() {
            let parent = if self.is_interrupted() { state.parent.clone() } else { None };
            drop(state);
            if let Some((parent, _)) = parent {
                match parent.take_dead(life) {
                    Ok(()) => return,
                    Err(back) => life = back,
                }
            }
            return life.run();
        }
        let waker = state.more.as_ref().and_then(|more| more.waker.clone());
        // A task that is about to lay the life to rest would not hear its waker.
        if waker.is_none() || self.is_in_place() {
            self.flags.fetch_or(flag::WOKEN, Ordering::AcqRel);
        }
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Lays a life to rest that waits for mail and has no task, or whose task ends with this. Gives it back where
    /// something has come for it since its last step began: it needs another one.
    ///
    /// No wake-up is lost: the reader was marked as asleep in that step, so whoever put something in after it looked
    /// calls [`wake`](Self::wake), before this (which then finds the mark that it left) or after (and then it finds the
    /// life).
    pub(crate) fn lay_to_rest(&self, life: BoxLife) -> Result<(), BoxLife> {
        let mut state = self.state.lock();
        let flags = self.flags.load(Ordering::Acquire);
        if flags & (flag::WOKEN | flag::NEWS) != 0 {
            drop(state);
            self.forget_wake();
            return Err(life);
        }
        state.rest = Some(life);
        let former = if flags & flag::WAKER != 0 {
            self.flags.fetch_and(!flag::WAKER, Ordering::AcqRel);
            state.more.as_mut().and_then(|more| more.waker.take())
        } else {
            None
        };
        // The last waker of a task that was dropped may drop what is left of it; not under the lock.
        drop(state);
        drop(former);
        Ok(())
    }

    /// From here on it ends children that were killed at rest, between two of its messages.
    pub(crate) fn accept_dead(&self) {
        self.state.lock().takes_dead = true;
    }

    /// From here on it does not: for whoever is about to wait for something else, or to run code of a child. Answers
    /// those that wait for it already.
    pub(crate) fn refuse_dead(&self) -> Vec<BoxLife> {
        let mut state = self.state.lock();
        state.takes_dead = false;
        let has_signals = self.flags.load(Ordering::Acquire) & flag::SIGNAL != 0;
        let Some(more) = state.more.as_mut().filter(|_| has_signals) else { return Vec::new() };
        let is_dead = |signal: &mut Signal| matches!(signal, Signal::Dead(_));
        let mut dead = Vec::new();
        while let Some(place) = more.signals.iter_mut().position(is_dead) {
            if let Some(Signal::Dead(life)) = more.signals.remove(place) {
                dead.push(life);
            }
        }
        if more.signals.is_empty() {
            self.flags.fetch_and(!flag::SIGNAL, Ordering::AcqRel);
        }
        dead
    }

    /// Leaves a killed child to its supervisor, in its life `incarnation`, and wakes it.
    pub(crate) fn leave_dead(&self, incarnation: u64, life: BoxLife) -> Result<(), BoxLife> {
        let mut state = self.state.lock();
        if !state.takes_dead || !state.running() || state.incarnation != incarnation {
            return Err(life);
        }
        self.signal(&mut state, Signal::Dead(life));
        drop(state);
        self.wake();
        Ok(())
    }

    /// Takes the life out of its rest, to take a step of it where that is. Whoever has it lays it to rest again, or
    /// gives it a task.
    pub(crate) fn take_from_rest(&self) -> Option<BoxLife> {
        self.state.lock().rest.take()
    }

    /// Whoever has the life takes a step of it, which sees what it was woken for until now.
    pub(crate) fn forget_wake(&self) {
        self.flags.fetch_and(!flag::WOKEN, Ordering::AcqRel);
    }

    /// Whether calls may run it where they are made.
    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flag::IN_PLACE != 0
    }

    /// Asks it to stop, and answers the life if it is at rest: whoever asks takes the next step of it.
    pub(crate) fn stop_at_rest(&self, exit: Exit) -> Option<BoxLife> {
        let life = self.take_from_rest();
        // With the life taken out there is nobody to wake.
        self.stop(exit);
        life
    }

    /// Whether there is anything to see before the next message.
    pub(crate) fn has_news(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flag::NEWS != 0
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

    pub(crate) fn next_signal(&self) -> Option<Signal> {
        let flags = self.flags.load(Ordering::Acquire);
        if flags & flag::STOP != 0 {
            self.flags.fetch_and(!flag::STOP, Ordering::AcqRel);
            let exit = if flags & flag::STOP_SHUTDOWN != 0 { Exit::Shutdown } else { Exit::Normal };
            return Some(Signal::Stop(exit));
        }
        if flags & flag::SIGNAL == 0 {
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
        let asked = self.ask_to_stop(&mut state, exit);
        drop(state);
        if asked {
            self.wake();
        }
    }

    /// Whether it was asked to stop now, and not before. The caller wakes the process when it has let go of the lock.
    pub(super) fn ask_to_stop(&self, state: &mut State, exit: Exit) -> bool {
        let waiting = state.more.as_ref().map(|more| &more.signals).filter(|signals| !signals.is_empty());
        let asked = self.flags.load(Ordering::Acquire) & flag::STOP != 0
            || waiting.is_some_and(|signals| signals.iter().any(|signal| matches!(signal, Signal::Stop(_))));
        if !state.running() || asked {
            return false;
        }
        match (waiting, exit) {
            (None, Exit::Shutdown) => drop(self.flags.fetch_or(flag::STOP_SHUTDOWN, Ordering::AcqRel)),
            (None, Exit::Normal) => drop(self.flags.fetch_or(flag::STOP_NORMAL, Ordering::AcqRel)),
            (_, exit) => self.signal(state, Signal::Stop(exit)),
        }
        true
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
