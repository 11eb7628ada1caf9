//! Who waits at a barrier, and who passed it last.

use serde::{Deserialize, Serialize};

/// What stands under a barrier's key. A change of it is one conditional write, so a round opens at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Roll {
    /// How many parties those who wait have named.
    parties: u32,
    /// The round that is closed.
    generation: u64,
    /// Who joined it, in order.
    waiting: Vec<u128>,
    /// Who passed the round before, the last one to come at the end.
    passed: Vec<u128>,
}

/// Where a party stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has not joined.
    Outside,
    Waiting,
    Passed {
        generation: u64,
    },
    /// The round that it had joined opened, and the list of those who passed is gone: it passed, unless its lease was
    /// lost meanwhile.
    PassedIfHeld {
        generation: u64,
    },
    /// It was taken out, because its lease was found to be over.
    Dropped,
    /// It may have joined a round whose list is gone.
    Unknown,
}

impl Roll {
    pub(super) fn new(parties: u32) -> Self {
        Self { parties, generation: 0, waiting: Vec::new(), passed: Vec::new() }
    }

    pub(super) fn parties(&self) -> u32 {
        self.parties
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn waiting(&self) -> &[u128] {
        &self.waiting
    }

    /// Whether the party was the last to come of the round that opened last.
    pub(super) fn was_last(&self, nonce: u128) -> bool {
        self.passed.last() == Some(&nonce)
    }

    /// Where a party stands that was seen waiting in the round `joined`, or may be in `doubt` without an answer.
    pub(super) fn place(&self, nonce: u128, joined: Option<u64>, doubt: Option<u64>) -> Place {
        if self.waiting.contains(&nonce) {
            return Place::Waiting;
        }
        if self.passed.contains(&nonce) {
            return Place::Passed { generation: self.generation.saturating_sub(1) };
        }
        match (joined, doubt) {
            // The list of the round is there, or the round is still closed, and the party is in neither.
            (Some(joined), _) if self.generation <= joined.saturating_add(1) => Place::Dropped,
            (Some(generation), _) => Place::PassedIfHeld { generation },
            (None, Some(doubt)) if self.generation > doubt.saturating_add(1) => Place::Unknown,
            (None, _) => Place::Outside,
        }
    }

    /// Whether the round opens with one more party, if all that wait are alive.
    pub(super) fn would_open(&self, parties: u32) -> bool {
        self.waiting.len() + 1 >= parties as usize
    }

    /// The roll with one more party beside `living`, in the next round if those are enough.
    pub(super) fn with(&self, living: Vec<u128>, nonce: u128, parties: u32) -> Self {
        let mut there = living;
        there.push(nonce);
        let (generation, passed) = (self.generation, self.passed.clone());
        if there.len() >= parties as usize {
            Self { parties, generation: generation.saturating_add(1), waiting: Vec::new(), passed: there }
        } else {
            Self { parties, generation, waiting: there, passed }
        }
    }

    pub(super) fn without(&self, nonce: u128) -> Self {
        let mut left = self.clone();
        left.waiting.retain(|waits| *waits != nonce);
        left
    }
}

#[cfg(test)]
mod tests;
