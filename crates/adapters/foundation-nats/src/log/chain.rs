//! Whether what is read is all there is.

use super::link::Link;

/// How far a reader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Everything up to here has been told, or was not asked for.
    reached: u64,
    /// An event was told, and stands at `reached`.
    began: bool,
}

/// What an event means to a reader who has come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is the next one.
    Follows,
    /// It has been told before.
    Known,
    /// Events between the reader's place and this one, the last of them at `last`, are not there.
    Missing {
        /// The last that is missing, as the event behind it says.
        last: u64,
    },
    /// It names an event before it that cannot be: the reader has told a later one.
    Forked {
        /// The event that it names.
        named: u64,
    },
}

impl Chain {
    /// A reader of everything behind `reached`.
    pub(super) fn behind(reached: u64) -> Self {
        Self { reached, began: false }
    }

    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// What the event at `sequence` means here.
    pub(super) fn judge(&self, sequence: u64, link: &Link) -> Next {
        if sequence <= self.reached {
            return Next::Known;
        }
        let before = link.before(sequence);
        if before > self.reached {
            Next::Missing { last: before }
        } else if self.began && before < self.reached {
            Next::Forked { named: before }
        } else {
            Next::Follows
        }
    }

    /// The event at `sequence` was told.
    pub(super) fn told(&mut self, sequence: u64) {
        self.reached = sequence;
        self.began = true;
    }
}

#[cfg(test)]
mod tests;
