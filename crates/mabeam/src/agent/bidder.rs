//! The bids of an honest member: what one more start can be expected to earn, taken optimistically.

use std::fmt;

use crate::market::{Record, Standing};

/// A policy for bids: what a member offers for the next start.
///
/// A bid above the balance counts as the balance. The answer depends on the arguments alone.
pub trait Bidding: Send + Sync + fmt::Debug {
    /// The bid, in units, of a member with this standing and record.
    fn bid(&self, standing: &Standing, record: &Record) -> u64;
}

/// A bidder that bids what a start is worth to it.
///
/// The worth is an upper confidence bound, after Auer, Cesa-Bianchi and Fischer ("Finite-time Analysis of the Multiarmed
/// Bandit Problem", Machine Learning 2002), of what its starts earned on average, counted in per mille of what the
/// house had when they were promoted, times what the house has now. A member that never had a start counts as one whose
/// every start is promoted once. Whole numbers throughout, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bidder {
    /// The width of the bound after one start of one, in per mille of what the house has. Default 60.
    pub exploration: u64,
}

impl Default for Bidder {
    fn default() -> Self {
        Self { exploration: 60 }
    }
}

impl Bidding for Bidder {
    /// Never more than it has.
    fn bid(&self, standing: &Standing, record: &Record) -> u64 {
        let seen = record.starts.saturating_add(1);
        let average = record.merit.saturating_add(standing.dividend) / seen;
        let doublings = u64::from(standing.round.saturating_add(1).ilog2()) + 1;
        let square = self.exploration.saturating_mul(self.exploration).saturating_mul(doublings) / seen;
        let bound = average.saturating_add(square.isqrt());
        let worth = u128::from(standing.house) * u128::from(bound) / 1_000;
        u64::try_from(worth).unwrap_or(u64::MAX).min(standing.balance)
    }
}

#[cfg(test)]
mod tests;
