//! What is fixed when a market opens.

use std::fmt;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// How a start finds its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// It is sold to the highest bid at the price of the second highest. This is the default.
    ///
    /// Source: Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", Journal of Finance 1961.
    #[default]
    SecondPrice,
    /// It is given by Thompson sampling on the promotions of each member's starts; no money moves.
    ///
    /// Source: Thompson, "On the Likelihood that One Unknown Probability Exceeds Another", Biometrika 1933.
    Bandit,
    /// It is given to each member in turn; no money moves.
    RoundRobin,
    /// It is given to the member whose starts and promotions have cost least so far; no money moves.
    EqualSplit,
}

impl Allocation {
    /// Every rule, in the order of comparison.
    pub const ALL: [Self; 4] = [Self::SecondPrice, Self::Bandit, Self::RoundRobin, Self::EqualSplit];

    /// The name by which it is chosen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SecondPrice => "second_price",
            Self::Bandit => "bandit",
            Self::RoundRobin => "round_robin",
            Self::EqualSplit => "equal_split",
        }
    }

    /// The rule of that name.
    ///
    /// # Errors
    /// `UnknownName`, naming those that exist.
    pub fn by_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|rule| rule.name()).collect();
            Error::new(Code::UnknownName, format!("no allocation is called `{name}`"))
                .advise(format!("choose one of {}", known.join(", ")))
        })
    }
}

impl fmt::Display for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The terms of a market: its first event, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How many members bid.
    pub members: u32,
    /// What each of them begins with, in units.
    pub credit: u64,
    /// How a start finds its owner.
    pub allocation: Allocation,
    /// A promotion from rung `r` pays `dividend * (r + 1)` per mille of what the house has. Default 100.
    pub dividend: u64,
    /// At each sale the house takes one in `levy` of what a balance exceeds the credit, rounded up; 0 for none.
    /// Default 8.
    pub levy: u64,
    /// One start in `turn` is given in turn and not sold; 0 for none. Default 20.
    pub turn: u64,
}

impl Terms {
    /// The most members.
    pub const MOST_MEMBERS: u32 = 1_000;
    /// The most rungs that work can climb.
    pub const MOST_RUNGS: u32 = 10_000;
    /// The most that one promotion pays, in per mille of what the house has.
    pub const LARGEST_SHARE: u64 = 500;

    /// The default terms for so many members with so much credit each.
    #[must_use]
    pub fn new(members: u32, credit: u64, allocation: Allocation) -> Self {
        Self { members, credit, allocation, dividend: 100, levy: 8, turn: 20 }
    }

    /// Checks the terms.
    ///
    /// # Errors
    /// `InvalidConfiguration` where there is no member or more than [`MOST_MEMBERS`](Self::MOST_MEMBERS), the credits
    /// together are more than 64 bits hold, or the dividend is not from 1 to [`LARGEST_SHARE`](Self::LARGEST_SHARE).
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::new(Code::InvalidConfiguration, format!("open a market: {what}")));
        let Self { members, credit, dividend, .. } = *self;
        if members == 0 || members > Self::MOST_MEMBERS {
            return wrong(format!("`members` is {members}, from 1 to {} are allowed", Self::MOST_MEMBERS));
        }
        if u64::from(members).checked_mul(credit).is_none() {
            return wrong(format!(
                "{members} members with a `credit` of {credit} have more than {} together",
                u64::MAX
            ));
        }
        if dividend == 0 || dividend > Self::LARGEST_SHARE {
            return wrong(format!("`dividend` is {dividend} per mille, from 1 to {} are allowed", Self::LARGEST_SHARE));
        }
        Ok(())
    }

    /// What a promotion from `rung` is worth, in per mille of what the house has.
    #[must_use]
    pub fn share(&self, rung: u32) -> u64 {
        self.dividend.saturating_mul(u64::from(rung) + 1).min(Self::LARGEST_SHARE)
    }

    /// What the house takes of a balance at a sale.
    #[must_use]
    pub fn levy_on(&self, balance: u64) -> u64 {
        if self.levy == 0 { 0 } else { balance.saturating_sub(self.credit).div_ceil(self.levy) }
    }

    /// Whether the start of that round is given in turn, and to whom.
    #[must_use]
    pub(super) fn in_turn(&self, round: u64) -> Option<u32> {
        if self.turn == 0 || !(round + 1).is_multiple_of(self.turn) {
            return None;
        }
        let given_before = round / self.turn;
        Some((given_before % u64::from(self.members)) as u32)
    }
}
