//! Members of a team as policies: what to bid, how to vote. Each is a pure function of what it sees.
//!
//! ```
//! use mabeam::{Allocation, Bidder, Bidding as _, Critic, Market, Terms};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let market = Market::open(Terms::new(2, 1_000, Allocation::SecondPrice))?;
//! let (standing, record) = (market.standing(0)?, market.record(0).expect("there are two"));
//! // It knows nothing of itself yet, hopes that a start is promoted once, and bids that much of what it has.
//! assert_eq!(Bidder::default().bid(&standing, record), 160);
//!
//! let vote = Critic::new("holdout").vote(&[0.97, 0.96, 0.98], Some(&[0.96, 0.95, 0.95]))?;
//! assert!(vote.accept);
//! assert_eq!(vote.reason, "0.9700 against 0.9533 on 3 pairs");
//! # Ok(())
//! # }
//! ```

mod bidder;
mod critic;

pub use bidder::{Bidder, Bidding};
pub use critic::Critic;
