//! What waits for a subscriber, and where something is missing.

use std::collections::VecDeque;

/// A bounded queue that counts what it had no room for, at the place where it is missing.
#[derive(Debug)]
pub(super) struct Buffer<T> {
    waiting: VecDeque<Waiting<T>>,
    messages: usize,
    most: usize,
}

/// What a subscriber gets next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Waiting<T> {
    Message(T),
    /// So many messages are missing at this place.
    Gap(u64),
}

impl<T> Buffer<T> {
    /// An empty one for `most` messages.
    pub(super) fn new(most: usize) -> Self {
        Self { waiting: VecDeque::new(), messages: 0, most }
    }

    /// Takes a message, or counts it where there is no room.
    pub(super) fn put(&mut self, message: T) {
        if self.messages < self.most {
            self.messages += 1;
            self.waiting.push_back(Waiting::Message(message));
        } else if let Some(Waiting::Gap(missing)) = self.waiting.back_mut() {
            *missing += 1;
        } else {
            self.waiting.push_back(Waiting::Gap(1));
        }
    }

    /// Gives the next one out.
    pub(super) fn take(&mut self) -> Option<Waiting<T>> {
        let next = self.waiting.pop_front();
        if let Some(Waiting::Message(_)) = next {
            self.messages -= 1;
        }
        next
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests;
