//! The market of a team inside its study: who has the next start, and what the study owes the market for what happened.

use std::collections::{BTreeMap, VecDeque};

use foundation_core::Result;

use super::impossible;
use crate::market::{Market, MarketEvent};

/// What the study owes the market, in the order in which it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    /// The trial of that round has shown its first result.
    Delivery(u64),
    /// The trial of that round never will.
    Refund(u64),
    /// A trial went on.
    Dividend { member: u32, rung: u32, cost: u64 },
}

/// The starts that were sold, and what became of them.
#[derive(Clone, Debug)]
pub(super) struct Sales {
    market: Market,
    /// The round whose owner has not begun its trial yet.
    owner: Option<(u64, u32)>,
    /// The rounds of trials that have not shown their first result.
    open: BTreeMap<u64, u64>,
    owed: VecDeque<Owed>,
}

impl Sales {
    pub(super) fn new(market: Market) -> Self {
        Self { market, owner: None, open: BTreeMap::new(), owed: VecDeque::new() }
    }

    pub(super) fn market(&self) -> &Market {
        &self.market
    }

    /// Who begins the next trial, where that is decided.
    pub(super) fn owner(&self) -> Option<u32> {
        self.owner.map(|(_, member)| member)
    }

    pub(super) fn apply(&mut self, event: &MarketEvent) -> Result<()> {
        let owed = self.owed.front().copied();
        let is_owed = match (event, owed) {
            (MarketEvent::Sold(_) | MarketEvent::Given(_), None) => self.owner.is_none(),
            (MarketEvent::Delivered { round }, Some(Owed::Delivery(due))) => *round == due,
            (MarketEvent::Refunded { round }, Some(Owed::Refund(due))) => *round == due,
            (MarketEvent::Paid(paid), Some(Owed::Dividend { member, rung, cost })) => {
                (paid.member, paid.rung, paid.cost) == (member, rung, cost)
            }
            _ => false,
        };
        if !is_owed {
            return Err(impossible(format!("`{}` comes where the study owes {owed:?}", event.kind())));
        }
        self.market.apply(event)?;
        match event {
            MarketEvent::Sold(sold) => self.owner = Some((sold.round, sold.winner)),
            MarketEvent::Given(given) => self.owner = Some((given.round, given.member)),
            _ => drop(self.owed.pop_front()),
        }
        Ok(())
    }

    /// A trial begins for the owner of the last round.
    pub(super) fn begin(&mut self, trial: u64, member: u32) -> Result<()> {
        match self.owner.take() {
            Some((round, owner)) if owner == member => {
                self.open.insert(trial, round);
                Ok(())
            }
            owner => {
                self.owner = owner;
                Err(impossible(format!("trial {trial} begins for member {member}, which does not own the start")))
            }
        }
    }

    /// A trial has a result; on its first one its price leaves escrow, whatever the result is.
    pub(super) fn settled(&mut self, trial: u64) {
        if let Some(round) = self.open.remove(&trial) {
            self.owed.push_back(Owed::Delivery(round));
        }
    }

    /// A trial of `member` goes on from `rung`.
    pub(super) fn promoted(&mut self, member: u32, rung: usize, cost: u64) {
        self.owed.push_back(Owed::Dividend { member, rung: rung as u32, cost });
    }

    /// Nothing that is under way will have a result.
    pub(super) fn give_up(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.owed.extend(open.into_values().chain(self.owner.take().map(|(round, _)| round)).map(Owed::Refund));
    }

    /// The event that settles what is owed first.
    pub(super) fn settlement(&self) -> Result<Option<MarketEvent>> {
        Ok(match self.owed.front() {
            None => None,
            Some(Owed::Delivery(round)) => Some(MarketEvent::Delivered { round: *round }),
            Some(Owed::Refund(round)) => Some(MarketEvent::Refunded { round: *round }),
            Some(Owed::Dividend { member, rung, cost }) => Some(self.market.dividend(*member, *rung, *cost)?),
        })
    }
}

#[cfg(test)]
mod tests;
