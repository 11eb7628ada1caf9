//! The bids of an honest member: a part of its balance, larger the more its starts have earned.

use std::fmt;

use crate::market::{Record, Standing};

/// How many starts, each promoted once, a member counts before its first one.
const HOPE: u64 = 3;

/// A policy for bids: what a member offers for the next start.
///
/// A bid above the balance counts as the balance. The answer depends on the arguments alone.
pub trait Bidding: Send + Sync + fmt::Debug {
    /// The bid, in units, of a member with this standing and record.
    fn bid(&self, standing: &Standing, record: &Record) -> u64;
}

/// A bidder that stakes a part of its balance on each start.
///
/// The part is the product of two numbers:
///
/// - What a start of its own earns on average, as a part of what the house has, taken optimistically: an upper
///   confidence bound, after Auer, Cesa-Bianchi and Fischer ("Finite-time Analysis of the Multiarmed Bandit Problem",
///   Machine Learning 2002). Every member begins as if it had had three starts, each promoted once: few outcomes say
///   little, and a first failure ruins nobody.
/// - The part of all starts so far that others had. Where two members are as good, a team learns more from both than
///   from either, so who had most of the starts wants the next one less.
///
/// To stake a part of one's strength is the bid of Holland's classifiers ("Escaping Brittleness", in Machine Learning
/// II, 1986): who pays too much for what it gets has less to stake the next time. Whole numbers throughout, rounded
/// down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bidder {
    /// The width of the bound before the first start of all, in per mille of what the house has. Default 60.
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
        let hoped = standing.dividend.saturating_mul(HOPE);
        let average = record.merit.saturating_add(hoped) / record.starts.saturating_add(HOPE);
        let doublings = u64::from(standing.round.saturating_add(1).ilog2()) + 1;
        let square = self.exploration.saturating_mul(self.exploration).saturating_mul(doublings);
        let square = square / record.starts.saturating_add(1);
        let bound = average.saturating_add(square.isqrt());
        let starts = u128::from(standing.round) + 1;
        let others = starts.saturating_sub(u128::from(record.starts));
        // In millionths, so that small bounds still differ.
        let part = u128::from(bound.min(1_000)) * 1_000 * others / starts;
        let staked = u128::from(standing.balance) * part / 1_000_000;
        u64::try_from(staked).unwrap_or(standing.balance)
    }
}

#[cfg(test)]
mod tests;
