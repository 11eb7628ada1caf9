//! What came to a probe: the messages that wait to be expected, and a line of text for each that ever came.

use std::collections::VecDeque;
use std::fmt;

use foundation_core::port::clock::Monotonic;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Waiting,
    Expected,
    Answered,
    /// The probe ended with it.
    Dropped,
}

/// A message that came, as a failure shows it.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) at: Monotonic,
    pub(super) text: String,
    pub(super) fate: Fate,
}

/// Sees each message before it is recorded; answers what is not dealt with.
pub(super) type Answer<M> = Box<dyn FnMut(M) -> Option<M> + Send>;

pub(super) struct Record<M> {
    /// With the place of each in `came`.
    waiting: VecDeque<(usize, M)>,
    came: Vec<Came>,
    answer: Option<Answer<M>>,
    latest_taken: usize,
}

impl<M: fmt::Debug> Record<M> {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), came: Vec::new(), answer: None, latest_taken: 0 }
    }

    pub(super) fn set_answer(&mut self, answer: Answer<M>) {
        self.answer = Some(answer);
    }

    /// Lends the answering function out, so that it is called without a lock.
    pub(super) fn lend_answer(&mut self) -> Option<Answer<M>> {
        self.answer.take()
    }

    /// Takes it back, unless a test has set another one meanwhile.
    pub(super) fn return_answer(&mut self, answer: Answer<M>) {
        self.answer.get_or_insert(answer);
    }

    /// Notes that `text` came; answers its place.
    pub(super) fn note(&mut self, at: Monotonic, text: String) -> usize {
        self.came.push(Came { at, text, fate: Fate::Answered });
        self.came.len() - 1
    }

    /// Has the message at `place` wait to be expected.
    pub(super) fn keep(&mut self, place: usize, message: M) {
        self.set_fate(place, Fate::Waiting);
        self.waiting.push_back((place, message));
    }

    /// Takes the oldest that waits, and its place.
    pub(super) fn take_next(&mut self) -> Option<(usize, M)> {
        let (place, message) = self.waiting.pop_front()?;
        self.set_fate(place, Fate::Expected);
        self.latest_taken = place;
        Some((place, message))
    }

    /// Takes the oldest that fits.
    pub(super) fn take_where(&mut self, fits: &mut impl FnMut(&M) -> bool) -> Option<M> {
        let index = self.waiting.iter().position(|(_, message)| fits(message))?;
        let (place, message) = self.waiting.remove(index)?;
        self.set_fate(place, Fate::Expected);
        self.latest_taken = place;
        Some(message)
    }

    /// Gives up all that wait, for the caller to drop without a lock.
    pub(super) fn give_up(&mut self) -> VecDeque<(usize, M)> {
        let left = std::mem::take(&mut self.waiting);
        for (place, _) in &left {
            self.set_fate(*place, Fate::Dropped);
        }
        left
    }

    fn set_fate(&mut self, place: usize, fate: Fate) {
        if let Some(came) = self.came.get_mut(place) {
            came.fate = fate;
        }
    }
}

impl<M> Record<M> {
    /// The place of the oldest that waits.
    pub(super) fn next_place(&self) -> Option<usize> {
        self.waiting.front().map(|(place, _)| *place)
    }

    pub(super) fn latest_taken(&self) -> usize {
        self.latest_taken
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Everything that ever came, in order.
    pub(super) fn came(&self) -> &[Came] {
        &self.came
    }
}
