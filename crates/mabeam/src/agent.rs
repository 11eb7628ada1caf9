//! Members of a team as policies: what to bid, how to vote. Each is a pure function of what it sees.
//!
//! ```
//! use mabeam::{Allocation, Bidder, Bidding as _, Market, Terms};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let market = Market::open(Terms::new(2, 1_000, Allocation::SecondPrice))?;
//! let (standing, record) = (market.standing(0)?, market.record(0).expect("there are two"));
//! // It knows nothing of itself yet, hopes that a start is promoted once, and bids that much of what it has.
//! assert_eq!(Bidder::default().bid(&standing, record), 160);
//! # Ok(())
//! # }
//! ```

mod bidder;

pub use bidder::{Bidder, Bidding};
