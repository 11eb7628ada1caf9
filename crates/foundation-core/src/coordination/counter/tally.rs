//! What a counter keeps: the sum, and which additions are in it, as far as it remembers.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::OperationId;

/// How many additions are remembered: 4 KiB of identifiers.
pub(super) const REMEMBERED: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    sum: i64,
    /// How many additions there were.
    count: u64,
    /// The latest of them, the oldest first.
    latest: VecDeque<OperationId>,
}

/// What a tally says about an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Counted,
    NotCounted,
    /// It may have been counted so long ago that it is no longer remembered.
    Forgotten,
}

impl Tally {
    pub(super) fn sum(&self) -> i64 {
        self.sum
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether an addition is in the sum that was sent for the first time when there were `before` of them.
    pub(super) fn knows(&self, operation: OperationId, before: u64) -> Known {
        if self.latest.contains(&operation) {
            Known::Counted
        } else if self.count.saturating_sub(before) > REMEMBERED as u64 {
            Known::Forgotten
        } else {
            Known::NotCounted
        }
    }

    /// The tally with one more addition; `None` where the sum would leave its range.
    pub(super) fn with(&self, operation: OperationId, number: i64) -> Option<Self> {
        let mut latest = self.latest.clone();
        latest.push_back(operation);
        while latest.len() > REMEMBERED {
            latest.pop_front();
        }
        Some(Self { sum: self.sum.checked_add(number)?, count: self.count.saturating_add(1), latest })
    }
}

#[cfg(test)]
mod tests;
