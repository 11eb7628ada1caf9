//! What the market did, read along with the log: every price, the balances from start to start, and whether the money
//! added up after each event.

use mabeam::{Market, MarketEvent};

/// How many moments of the balances are kept at most; beyond that every second one is dropped.
const MOST_MOMENTS: usize = 2_000;

/// A market's story.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Every start that was sold.
    pub(super) sales: Vec<Sale>,
    /// The accounts after some starts that lie evenly among all of them.
    pub(super) moments: Vec<Moment>,
    /// After how many events of the market the accounts were added up.
    pub(super) checked: u64,
    /// After how many of these the sum was not what was minted.
    pub(super) unequal: u64,
    /// One in how many starts is kept; 0 before the first.
    stride: u64,
}

/// A start that was sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) round: u64,
    pub(super) winner: u32,
    pub(super) price: u64,
}

/// The accounts after a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// How many starts there were.
    pub(super) round: u64,
    pub(super) balances: Vec<u64>,
    pub(super) house: u64,
    pub(super) escrow: u64,
}

impl Moment {
    pub(super) fn of(market: &Market) -> Self {
        let ledger = market.ledger();
        let (balances, house, escrow) = (ledger.balances().to_vec(), ledger.house(), ledger.escrow());
        Self { round: market.round(), balances, house, escrow }
    }

    fn sum(&self) -> u128 {
        self.balances.iter().chain([&self.house, &self.escrow]).map(|units| u128::from(*units)).sum()
    }
}

impl Books {
    /// The books of a market that has just opened.
    pub(super) fn open(market: &Market) -> Self {
        Self { moments: vec![Moment::of(market)], stride: 1, ..Self::default() }
    }

    /// Takes in what has just happened to the market.
    pub(super) fn note(&mut self, event: &MarketEvent, market: &Market) {
        let moment = Moment::of(market);
        self.checked += 1;
        self.unequal += u64::from(moment.sum() != u128::from(market.ledger().minted()));
        let is_start = match event {
            MarketEvent::Sold(sold) => {
                self.sales.push(Sale { round: sold.round, winner: sold.winner, price: sold.price });
                true
            }
            MarketEvent::Given(_) => true,
            _ => false,
        };
        if is_start && moment.round.is_multiple_of(self.stride) {
            self.moments.push(moment);
        }
        if self.moments.len() > MOST_MOMENTS {
            self.stride *= 2;
            let stride = self.stride;
            self.moments.retain(|moment| moment.round.is_multiple_of(stride));
        }
    }
}

#[cfg(test)]
mod tests;
