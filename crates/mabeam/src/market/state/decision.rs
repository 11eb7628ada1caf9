//! What a market decides: who has the next start, and what a promotion pays. Pure functions of its state.

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Code, Error, Result};

use super::super::event::{Given, MarketEvent, Paid, Sold};
use super::super::lots::{Tally, thompson};
use super::super::sale::second_price;
use super::super::terms::Allocation;
use super::{Market, Record, Standing};

impl Market {
    /// What a bidder can see.
    ///
    /// # Errors
    /// `InvalidInput` where there is no such member.
    pub fn standing(&self, member: u32) -> Result<Standing> {
        let balance = *self.ledger.balances().get(member as usize).ok_or_else(|| self.nobody(member))?;
        Ok(Standing {
            balance,
            house: self.ledger.house(),
            round: self.round,
            members: self.ledger.members(),
            dividend: self.terms.share(0),
        })
    }

    /// Whether the next start is sold, so that bids are asked for.
    #[must_use]
    pub fn wants_bids(&self) -> bool {
        self.terms.allocation == Allocation::SecondPrice && self.terms.in_turn(self.round).is_none()
    }

    /// Decides who has the next start: the event that it becomes, still to be applied.
    ///
    /// `cost` is what the start costs whoever pays for the work. `bids` holds one bid a member, in units; a bid above
    /// the bidder's balance counts as its balance. They are not looked at, and may be missing, where the market does
    /// not [want](Self::wants_bids) them. `random` is drawn from by [`Allocation::Bandit`] alone.
    ///
    /// # Errors
    /// `InvalidInput` where a sale is due and there are not as many bids as members.
    pub fn next_owner(&self, cost: u64, bids: &[u64], random: &mut RandomStream) -> Result<MarketEvent> {
        let given = |member: u32| Ok(MarketEvent::Given(Given { round: self.round, cost, member }));
        match self.terms.allocation {
            Allocation::SecondPrice => match self.terms.in_turn(self.round) {
                Some(member) => given(member),
                None => self.sell(cost, bids).map(MarketEvent::Sold),
            },
            Allocation::Bandit => given(thompson(&self.tallies(), random)),
            Allocation::RoundRobin => given((self.round % u64::from(self.terms.members)) as u32),
            Allocation::EqualSplit => {
                let costs = self.records.iter().map(|record| record.cost).enumerate();
                given(costs.min_by_key(|(member, cost)| (*cost, *member)).map_or(0, |(member, _)| member as u32))
            }
        }
    }

    fn sell(&self, cost: u64, bids: &[u64]) -> Result<Sold> {
        let wrong = || {
            let what = format!("sell start {}: {} bids from {} members", self.round, bids.len(), self.records.len());
            Error::new(Code::InvalidInput, what)
        };
        if bids.len() != self.records.len() {
            return Err(wrong());
        }
        let balances = self.ledger.balances();
        let bids: Vec<u64> = bids.iter().zip(balances).map(|(bid, balance)| *bid.min(balance)).collect();
        let last: Vec<Option<u64>> = self.records.iter().map(|record| record.last_start).collect();
        let clearing = second_price(&bids, &last).ok_or_else(wrong)?;
        let mut left = balances.to_vec();
        if let Some(balance) = left.get_mut(clearing.winner as usize) {
            *balance -= clearing.price;
        }
        let levies: Vec<u64> = left.iter().map(|balance| self.terms.levy_on(*balance)).collect();
        let levies = if levies.iter().all(|levy| *levy == 0) { Vec::new() } else { levies };
        Ok(Sold { round: self.round, cost, bids, winner: clearing.winner, price: clearing.price, levies })
    }

    /// A promotion counts as a success; every start could have as many as the highest rung that was ever promoted
    /// from allows.
    fn tallies(&self) -> Vec<Tally> {
        let steps = self.records.iter().map(|record| record.promotions.len()).max().unwrap_or(0).max(1) as u64;
        let tally = |record: &Record| Tally {
            chances: record.starts.saturating_mul(steps),
            successes: record.promotions.iter().sum(),
        };
        self.records.iter().map(tally).collect()
    }

    /// What the house pays for the promotion of work that `member` began: the event that it becomes, still to be
    /// applied. `cost` is what going on costs whoever pays for the work.
    ///
    /// The amount is [`share`](super::super::Terms::share) per mille of what the house has, rounded up; so it is 0 only
    /// where the house has nothing.
    ///
    /// # Errors
    /// `InvalidInput` where there is no such member.
    pub fn dividend(&self, member: u32, rung: u32, cost: u64) -> Result<MarketEvent> {
        self.record(member).ok_or_else(|| self.nobody(member))?;
        let parts = u128::from(self.ledger.house()) * u128::from(self.terms.share(rung));
        let amount = parts.div_ceil(1_000) as u64;
        Ok(MarketEvent::Paid(Paid { member, rung, cost, amount }))
    }

    fn nobody(&self, member: u32) -> Error {
        Error::new(Code::InvalidInput, format!("member {member} is none of the {} of this market", self.records.len()))
    }
}
