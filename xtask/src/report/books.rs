//! What the market did, read along with the log: every price, the balances from event to event, and whether the money
//! added up after each of them.

use mabeam::{Market, MarketEvent};

/// How many moments of the balances are kept at most; beyond that every second one is dropped.
const MOST_MOMENTS: usize = 2_000;

/// A market's story.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Every start that was sold.
    pub(super) sales: Vec<Sale>,
    /// The accounts before the first event, and after some that lie evenly among all of them.
    pub(super) moments: Vec<Moment>,
    /// After how many events of the market the accounts were added up.
    pub(super) checked: u64,
    /// After how many of these the sum was not what was minted.
    pub(super) unequal: u64,
    /// One in how many events is kept.
    stride: u64,
}

/// A start that was sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) round: u64,
    pub(super) winner: u32,
    pub(super) price: u64,
}

/// The accounts after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// How many events there were.
    pub(super) events: u64,
    pub(super) balances: Vec<u64>,
    pub(super) house: u64,
    pub(super) escrow: u64,
}

impl Moment {
    pub(super) fn of(market: &Market, events: u64) -> Self {
        let ledger = market.ledger();
        let (balances, house, escrow) = (ledger.balances().to_vec(), ledger.house(), ledger.escrow());
        Self { events, balances, house, escrow }
    }

    fn sum(&self) -> u128 {
        self.balances.iter().chain([&self.house, &self.escrow]).map(|units| u128::from(*units)).sum()
    }
}

impl Books {
    /// The books of a market that has just opened.
    pub(super) fn open(market: &Market) -> Self {
        Self { moments: vec![Moment::of(market, 0)], stride: 1, ..Self::default() }
    }

    /// Takes in what has just happened to the market.
    pub(super) fn note(&mut self, event: &MarketEvent, market: &Market) {
        self.checked += 1;
        let moment = Moment::of(market, self.checked);
        self.unequal += u64::from(moment.sum() != u128::from(market.ledger().minted()));
        if let MarketEvent::Sold(sold) = event {
            self.sales.push(Sale { round: sold.round, winner: sold.winner, price: sold.price });
        }
        if moment.events.is_multiple_of(self.stride) {
            self.moments.push(moment);
        }
        if self.moments.len() > MOST_MOMENTS {
            self.stride *= 2;
            let stride = self.stride;
            self.moments.retain(|moment| moment.events.is_multiple_of(stride));
        }
    }
}

#[cfg(test)]
mod tests;
