//! The reader's side of a mailbox: messages taken at once under one lock and handed out one by one.
//!
//! What was taken and not handled still counts as waiting: against the capacity, in the length, and as undelivered if
//! the process ends. The mailbox is told how far the reader has come when it comes for more, when it is interrupted by
//! an await, and when it ends.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Letter;
use crate::process::cell::Cell;

/// A buffer larger than this is given back before the reader goes to sleep.
const KEPT: usize = 64;

/// What a reader has taken.
pub(super) struct Taken<M> {
    /// Not there until two messages wait at once: a process that never gets behind does not pay for it.
    #[expect(clippy::box_collection, reason = "most processes have none, and a box that is not there is eight bytes")]
    batch: Option<Box<VecDeque<Letter<M>>>>,
    /// How many were handed out since the mailbox was told.
    popped: u32,
    /// The mailbox was left empty when the message at hand was taken.
    was_last: bool,
}

impl<M> Taken<M> {
    pub(super) fn new() -> Self {
        Self { batch: None, popped: 0, was_last: false }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Letter<M>> {
        let letter = self.batch.as_mut()?.pop_front()?;
        self.popped += 1;
        Some(letter)
    }

    pub(super) fn took_last(&mut self, is_last: bool) {
        self.was_last = is_last;
    }

    pub(super) fn len(&self) -> usize {
        self.batch.as_ref().map_or(0, |batch| batch.len())
    }

    /// How many were handed out since the last time this was asked.
    pub(super) fn unpublished(&mut self) -> u64 {
        u64::from(std::mem::take(&mut self.popped))
    }

    /// Moves the first `count` messages here; all of them by exchanging the queues.
    pub(super) fn fill(&mut self, queue: &mut VecDeque<Letter<M>>, count: usize) {
        let batch = self.batch.get_or_insert_default();
        if count == queue.len() && batch.is_empty() {
            std::mem::swap(&mut **batch, queue);
        } else {
            batch.extend(queue.drain(..count));
        }
    }

    pub(super) fn drain_into(&mut self, queue: &mut VecDeque<Letter<M>>) {
        let Some(batch) = &mut self.batch else { return };
        while let Some(letter) = batch.pop_back() {
            queue.push_front(letter);
        }
    }

    fn shrink(&mut self) {
        if self.batch.as_ref().is_some_and(|batch| batch.capacity() > KEPT) {
            self.batch = None;
        }
    }
}

/// The mail of one life.
pub(in crate::process) struct Inbox<M: Send + 'static> {
    cell: Arc<Cell<M>>,
    taken: Taken<M>,
}

impl<M: Send + 'static> Inbox<M> {
    pub(in crate::process) fn new(cell: Arc<Cell<M>>) -> Self {
        Self { cell, taken: Taken::new() }
    }

    /// The next message of those that were taken.
    #[inline]
    pub(in crate::process) fn next_at_hand(&mut self) -> Option<Letter<M>> {
        self.taken.pop()
    }

    /// The next message, which counts as handled from here. `None` marks the reader as asleep.
    pub(in crate::process) fn next(&mut self) -> Option<Letter<M>> {
        if let Some(letter) = self.taken.pop() {
            return Some(letter);
        }
        if std::mem::take(&mut self.taken.was_last) && self.cell.mailbox.is_untouched() {
            // Whoever puts something in wakes this reader, so there is no need to look. Only once: the next poll does.
            return None;
        }
        let letter = self.cell.mailbox.take(&mut self.taken);
        if letter.is_none() {
            self.taken.shrink();
        }
        letter
    }

    /// Tells the mailbox how far this has come, where it does not know.
    pub(in crate::process) fn publish(&mut self) {
        if self.taken.popped > 0 {
            self.cell.mailbox.publish(&mut self.taken);
        }
    }
}

impl<M: Send + 'static> Drop for Inbox<M> {
    fn drop(&mut self) {
        self.cell.mailbox.put_back(&mut self.taken);
    }
}
