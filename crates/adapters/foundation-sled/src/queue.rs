//! The queue in front of a writer thread: many put, one takes groups.
//!
//! A commit costs the same for one request as for sixty, so the writer waits a moment for company, but only where
//! company is likely: when the last group had several requests or several stand in the queue now.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// The most requests of one group.
const GROUP: usize = 1_024;

#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    arrived: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    /// The taker is to be woken when this many wait; `usize::MAX` while it is at work.
    wanted: usize,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State { waiting: VecDeque::new(), wanted: usize::MAX, closed: false }),
            arrived: Condvar::new(),
        }
    }

    /// Puts a request at the end; gives it back where the queue is closed.
    pub(crate) fn put(&self, request: T) -> Result<(), T> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(request);
        }
        state.waiting.push_back(request);
        if state.waiting.len() >= state.wanted {
            // Once is enough; the taker says anew what it wants.
            state.wanted = usize::MAX;
            drop(state);
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Takes no more requests. What waits is still taken out.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Takes no more requests, and hands out those that wait: nobody else will.
    pub(crate) fn abandon(&self) -> Vec<T> {
        let mut state = self.state.lock();
        state.closed = true;
        state.waiting.drain(..).collect()
    }

    /// Waits for requests and takes all that are there; `None` once the queue is closed and empty.
    ///
    /// `expected` is the size of the last group: below it the queue is given `gather` to fill up again.
    pub(crate) fn take_group(&self, expected: usize, gather: Duration) -> Option<Vec<T>> {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state.wanted = 1;
            self.arrived.wait(&mut state);
        }
        let expected = expected.min(GROUP);
        let company = expected > 1 || state.waiting.len() > 1;
        if company && state.waiting.len() < expected.max(2) && !gather.is_zero() && !state.closed {
            state.wanted = expected.max(2);
            self.arrived.wait_for(&mut state, gather);
        }
        state.wanted = usize::MAX;
        let size = state.waiting.len().min(GROUP);
        Some(state.waiting.drain(..size).collect())
    }

    /// Waits for one request; `None` once the queue is closed and empty. For several takers.
    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.state.lock();
        loop {
            if let Some(request) = state.waiting.pop_front() {
                return Some(request);
            }
            if state.closed {
                return None;
            }
            state.wanted = 1;
            self.arrived.wait(&mut state);
        }
    }
}
