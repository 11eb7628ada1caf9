//! What clients asked of one object and what they heard, with the times of both: the input of the checkers in
//! [`linear`](super::linear).
//!
//! An operation whose answer was lost stays *unknown*: it may have taken effect at any time after it was invoked, or
//! never. An operation that was refused without an effect is no part of a history, only counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::live;

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Call<O, A> {
    /// Who made it; a client has one operation under way at a time, apart from those that stay unknown.
    pub(super) client: usize,
    pub(super) op: O,
    /// When it was invoked, from the start of the experiment; taken before anything was sent.
    pub(super) invoked: Duration,
    /// When its answer was there, and the answer; `None` where it is unknown.
    pub(super) answer: Option<(Duration, A)>,
}

/// The operations on one object, in the order in which they were invoked.
#[derive(Clone, Debug)]
pub(super) struct History<O, A> {
    pub(super) calls: Vec<Call<O, A>>,
}

/// One end of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Invoked,
    Answered,
}

impl<O, A> History<O, A> {
    pub(super) fn new(mut calls: Vec<Call<O, A>>) -> Self {
        calls.sort_by_key(|call| call.invoked);
        Self { calls }
    }

    /// The ends of its operations in the order of time, by the operations' places. Where two have one time the
    /// invocation goes first: the two operations then overlap, which forbids less.
    pub(super) fn ends(&self) -> Vec<(End, usize)> {
        let mut ends: Vec<(Duration, bool, usize)> = Vec::with_capacity(2 * self.calls.len());
        for (place, call) in self.calls.iter().enumerate() {
            ends.push((call.invoked, false, place));
            ends.extend(call.answer.iter().map(|(at, _)| (*at, true, place)));
        }
        ends.sort_unstable();
        let end = |is_answer| if is_answer { End::Answered } else { End::Invoked };
        ends.into_iter().map(|(_, is_answer, place)| (end(is_answer), place)).collect()
    }

    /// How many operations were answered.
    pub(super) fn answered(&self) -> usize {
        self.calls.iter().filter(|call| call.answer.is_some()).count()
    }

    /// How many stayed unknown.
    pub(super) fn unknown(&self) -> usize {
        self.calls.len() - self.answered()
    }

    /// Whether operations were answered before `moment` and others were invoked and answered after it.
    pub(super) fn spans(&self, moment: Duration) -> bool {
        let answered = |call: &Call<O, A>| call.answer.as_ref().map(|(at, _)| *at);
        self.calls.iter().any(|call| answered(call).is_some_and(|at| at < moment))
            && self.calls.iter().any(|call| call.invoked > moment && call.answer.is_some())
    }
}

impl<O: Clone, A: Clone> History<O, A> {
    /// What was known at the `count`th of the [`ends`](Self::ends): later operations have not begun, and later answers
    /// have not come.
    pub(super) fn first_ends(&self, count: usize) -> Self {
        let mut calls: Vec<Option<Call<O, A>>> = vec![None; self.calls.len()];
        for (end, place) in self.ends().into_iter().take(count) {
            let call = &self.calls[place];
            calls[place] = match end {
                End::Invoked => Some(Call { answer: None, ..call.clone() }),
                End::Answered => Some(call.clone()),
            };
        }
        Self { calls: calls.into_iter().flatten().collect() }
    }
}

/// Notes operations on one object while clients make them.
#[derive(Debug)]
pub(super) struct Recorder<O, A> {
    epoch: Instant,
    notes: Arc<Mutex<Notes<O, A>>>,
}

#[derive(Debug)]
struct Notes<O, A> {
    calls: Vec<Option<Call<O, A>>>,
    refused: usize,
}

impl<O, A> Clone for Recorder<O, A> {
    fn clone(&self) -> Self {
        Self { epoch: self.epoch, notes: Arc::clone(&self.notes) }
    }
}

impl<O, A> Recorder<O, A> {
    /// A recorder that counts time from `epoch`.
    pub(super) fn new(epoch: Instant) -> Self {
        Self { epoch, notes: Arc::new(Mutex::new(Notes { calls: Vec::new(), refused: 0 })) }
    }

    /// Notes that `client` is about to ask; what is returned takes the answer. Until it has one the operation counts as
    /// unknown, so a client that is dropped in the middle leaves the truth behind.
    pub(super) fn invoke(&self, client: usize, op: O) -> Open<O, A> {
        let mut notes = self.notes();
        let place = notes.calls.len();
        notes.calls.push(Some(Call { client, op, invoked: self.epoch.elapsed(), answer: None }));
        Open { recorder: self.clone(), place }
    }

    fn notes(&self) -> MutexGuard<'_, Notes<O, A>> {
        // Nothing is done under the lock that could leave the notes half written.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many operations were invoked so far.
    pub(super) fn len(&self) -> usize {
        self.notes().calls.len()
    }

    /// How many were refused without an effect.
    pub(super) fn refused(&self) -> usize {
        self.notes().refused
    }
}

impl<O: Clone, A: Clone> Recorder<O, A> {
    /// What was noted so far.
    pub(super) fn history(&self) -> History<O, A> {
        History::new(self.notes().calls.iter().flatten().cloned().collect())
    }
}

/// An operation that is under way.
#[derive(Debug)]
pub(super) struct Open<O, A> {
    recorder: Recorder<O, A>,
    place: usize,
}

impl<O, A> Open<O, A> {
    /// The answer is here.
    pub(super) fn answered(self, answer: A) {
        let at = self.recorder.epoch.elapsed();
        if let Some(call) = &mut self.recorder.notes().calls[self.place] {
            call.answer = Some((at, answer));
        }
    }

    /// It certainly had no effect, and tells nothing about the object.
    pub(super) fn refused(self) {
        let mut notes = self.recorder.notes();
        notes.calls[self.place] = None;
        notes.refused += 1;
    }

    /// Nobody knows whether it had an effect.
    pub(super) fn unknown(self) {}
}

/// A recorder whose time begins now.
impl<O, A> Default for Recorder<O, A> {
    fn default() -> Self {
        Self::new(live::now())
    }
}

#[cfg(test)]
mod tests;
