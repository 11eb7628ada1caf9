//! A market for starts: who of a team may begin the next piece of work, and what that costs.
//!
//! Every member of the team begins with equal credit. Each start is sold at second price; the price is held in escrow
//! until the start was delivered, then it goes to the house, or back to the buyer if it never began. Who bought work
//! that turns out well is paid from the house. Money is counted in whole units; none is made after the beginning and
//! none is lost.
//!
//! Reading order: the [`Terms`] that are fixed when a market opens; its [events](MarketEvent); the [`Ledger`]; how a
//! start finds its owner (`sale`, `lots`); then the [`Market`] itself, a fold over its events.
//!
//! # What keeps the money moving
//! - A promotion from rung `r` pays `dividend * (r + 1)` per mille of what the house has, at most half of it, rounded
//!   up ([`Terms::share`]). So the house can always pay, and its last unit gets out too.
//! - At each sale the house takes one in [`Terms::levy`] of what a balance exceeds the credit, rounded up. So what a
//!   lucky member earned comes back, and does not keep the others out for ever. Holland taxes his classifiers to the
//!   same end ("Escaping Brittleness", in Machine Learning II, 1986); that money has to be conserved, or bidders that
//!   add nothing live on, is Baum's point ("Toward a Model of Intelligence as an Economy of Agents", Machine Learning
//!   1999).
//! - One start in [`Terms::turn`] is not sold but given, to each member in turn. So a member that lost its money by bad
//!   luck can earn again.
//! - Where bids are equal, the one whose last start is longest ago gets it. So where all are broke and bid 0, starts go
//!   in turn at price 0.
//!
//! # What is proven and what is not
//! In one sale no bid is better than what a start is worth to the bidder ([`second_price`]). Over many sales out of one
//! purse nothing of the kind is known, and what a start is worth to a sampler has no price of its own. What the whole
//! does - that two strong members share most starts, that a useless or hostile one is starved, that one that lost
//! everything comes back - is measured in a toy team by the tests, for [`Bidder`](crate::Bidder) and the default terms.
//! Nothing is promised where work is never promoted: no dividend is paid then, all money ends with the house, and
//! starts go in turn.
//!
//! ```
//! use foundation_core::port::entropy::RandomStream;
//! use mabeam::{Allocation, Market, MarketEvent, Terms};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let mut market = Market::open(Terms::new(3, 1_000, Allocation::SecondPrice))?;
//! // Three members bid for a start that costs one epoch: the second pays the 40 of the third.
//! let sold = market.next_owner(1, &[25, 90, 40], &mut RandomStream::new(1, 0))?;
//! market.apply(&sold)?;
//! assert!(matches!(&sold, MarketEvent::Sold(sold) if sold.winner == 1 && sold.price == 40));
//! assert_eq!(market.ledger().escrow(), 40);
//!
//! market.apply(&MarketEvent::Delivered { round: 0 })?;
//! let paid = market.dividend(1, 0, 2)?;
//! market.apply(&paid)?;
//! assert!(market.record(1).is_some_and(|record| record.income > 0));
//! assert_eq!(market.ledger().total(), 3_000);
//! # Ok(())
//! # }
//! ```

mod terms;

mod event;

mod ledger;

mod lots;
mod sale;

mod state;

pub use event::{Given, MARKET_EVENT_VERSION, MarketEvent, Paid, Sold};
pub use ledger::{Account, Ledger};
pub use sale::{Clearing, second_price};
pub use state::{Market, Record, Standing};
pub use terms::{Allocation, Terms};

#[cfg(test)]
mod tests;
