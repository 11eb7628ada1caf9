//! What the ends of a flow share: the window of the life that grants credit now, and who waits.
//!
//! Two locks. `gate` says which window is open; a message is put into the mailbox while it is held for reading, and the
//! end of a life takes it for writing before the next life can begin. So a message that was sent on the credit of one
//! life never reaches another. `state` guards the bookkeeping and is never held while anything else is called: a
//! mailbox that drops a message to make room drops its credit, which comes back here. Where both are needed, `gate`
//! comes first.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use futures_channel::oneshot;
use parking_lot::{Mutex, RwLock};

use super::window::{Ticket, Window};
use super::{FlowCounts, FlowError};
use crate::event::ProcessRef;
use crate::process::control::AtEnd;
use crate::process::{Exit, SendError};

/// Which window of a flow: rises each time that credit is granted anew; 0 for none.
pub(super) type Generation = u64;

#[derive(Default)]
pub(super) struct Account {
    gate: RwLock<Generation>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    generation: Generation,
    /// The life that grants credit and what it grants; `None` before the first one and between two.
    open: Option<(ProcessRef, Window)>,
    /// How the latest life that granted credit ended.
    ended: Option<Exit>,
    last_ticket: Ticket,
    wakers: BTreeMap<Ticket, Waker>,
    awaiting_open: Vec<oneshot::Sender<()>>,
}

impl State {
    fn closed(&self) -> FlowError {
        self.ended.clone().map_or(FlowError::NotOpen, FlowError::Ended)
    }

    /// The window, if it is still that one.
    fn window(&mut self, generation: Generation) -> Option<&mut Window> {
        let window = self.open.as_mut().map(|(_, window)| window);
        window.filter(|_| self.generation == generation)
    }

    /// Takes a unit of credit where one is free; answers of which window.
    fn take(&mut self) -> Result<Generation, FlowError> {
        let Some((_, window)) = &mut self.open else { return Err(self.closed()) };
        if window.take() { Ok(self.generation) } else { Err(FlowError::NoCredit) }
    }

    /// The wakers of those who were served.
    fn wakers_of(&mut self, served: &[Ticket]) -> Vec<Waker> {
        served.iter().filter_map(|ticket| self.wakers.remove(ticket)).collect()
    }
}

/// Where a producer stands that waits for credit.
pub(super) struct Place {
    generation: Generation,
    ticket: Ticket,
}

impl AtEnd for Account {
    /// The token is the generation that the life opened.
    fn ended(&self, generation: u64, _life: ProcessRef, exit: &Exit) {
        self.close(generation, exit.clone());
    }
}

impl Account {
    /// A life begins to grant credit; `None` where that one does already.
    pub(super) fn open(&self, life: ProcessRef, granted: u32) -> Option<Generation> {
        let mut gate = self.gate.write();
        let mut state = self.state.lock();
        if state.open.as_ref().is_some_and(|(present, _)| *present == life) {
            return None;
        }
        state.generation += 1;
        state.open = Some((life, Window::new(granted)));
        *gate = state.generation;
        let (generation, awaiting) = (state.generation, std::mem::take(&mut state.awaiting_open));
        drop((state, gate));
        for waiting in awaiting {
            // It may have stopped waiting.
            let _ = waiting.send(());
        }
        Some(generation)
    }

    /// The life of that window has ended: its credit is void, and whoever waits for it is told.
    pub(super) fn close(&self, generation: Generation, exit: Exit) {
        let mut gate = self.gate.write();
        let mut state = self.state.lock();
        if state.generation != generation {
            return;
        }
        *gate = 0;
        state.open = None;
        state.ended = Some(exit);
        let wakers = std::mem::take(&mut state.wakers);
        drop((state, gate));
        wakers.into_values().for_each(Waker::wake);
    }

    /// Takes a unit of credit without waiting.
    pub(super) fn take(&self) -> Result<Generation, FlowError> {
        self.state.lock().take()
    }

    /// Takes a unit of credit, or a place in the line.
    pub(super) fn poll_take(&self, place: &mut Option<Place>, cx: &Context<'_>) -> Poll<Result<Generation, FlowError>> {
        let mut state = self.state.lock();
        let Some(Place { generation, ticket }) = *place else {
            let taken = state.take();
            if !matches!(taken, Err(FlowError::NoCredit)) {
                return Poll::Ready(taken);
            }
            state.last_ticket += 1;
            let (generation, ticket) = (state.generation, state.last_ticket);
            if let Some(window) = state.window(generation) {
                window.wait(ticket);
            }
            state.wakers.insert(ticket, cx.waker().clone());
            *place = Some(Place { generation, ticket });
            return Poll::Pending;
        };
        let Some(window) = state.window(generation) else {
            *place = None;
            return Poll::Ready(Err(state.closed()));
        };
        if window.fetch(ticket) {
            *place = None;
            return Poll::Ready(Ok(generation));
        }
        let replaced = state.wakers.insert(ticket, cx.waker().clone());
        drop(state);
        drop(replaced);
        Poll::Pending
    }

    /// Leaves the line.
    pub(super) fn leave(&self, Place { generation, ticket }: &Place) {
        let mut state = self.state.lock();
        let own = state.wakers.remove(ticket);
        let served = state.window(*generation).map(|window| window.leave(*ticket)).unwrap_or_default();
        let wakers = state.wakers_of(&served);
        drop(state);
        drop(own);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Changes the window of a unit of credit, and wakes who is served by that; nothing happens where it is void.
    pub(super) fn change(&self, generation: Generation, change: impl FnOnce(&mut Window) -> Vec<Ticket>) {
        let mut state = self.state.lock();
        let served = state.window(generation).map(change).unwrap_or_default();
        let wakers = state.wakers_of(&served);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Puts a message into the mailbox by `cast`, while it is certain that the life of its credit has not been followed
    /// by another.
    pub(super) fn deliver<M>(
        &self,
        generation: Generation,
        message: M,
        cast: impl FnOnce(M) -> Result<(), SendError<M>>,
    ) -> Result<(), (M, FlowError)> {
        // Recursive: a mailbox may drop a message for this one, and that may be the end of whatever sends on this flow.
        let gate = self.gate.read_recursive();
        if *gate != generation {
            drop(gate);
            return Err((message, self.state.lock().closed()));
        }
        cast(message).map_err(|SendError { message, reason }| (message, FlowError::Refused(reason)))
    }

    /// The life that grants credit now.
    pub(super) fn life(&self) -> Option<ProcessRef> {
        self.state.lock().open.as_ref().map(|(life, _)| *life)
    }

    /// Ready when a life begins to grant credit; `None` where one does.
    pub(super) fn await_open(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        if state.open.is_some() {
            return None;
        }
        state.awaiting_open.retain(|waiting| !waiting.is_canceled());
        let (sender, receiver) = oneshot::channel();
        state.awaiting_open.push(sender);
        Some(receiver)
    }

    /// Where the credit is now.
    pub(super) fn counts(&self) -> FlowCounts {
        let state = self.state.lock();
        let Some((_, window)) = &state.open else { return FlowCounts::default() };
        FlowCounts {
            granted: window.granted,
            free: window.free,
            held: window.held,
            in_flight: window.in_flight,
            returned: window.returned,
            waiting: window.waiting(),
        }
    }
}
