//! Members of a team as policies: what to bid, how to vote. Each is a pure function of what it sees.
//!
//! ```
//! use mabeam::{Allocation, Bidder, Bidding as _, Market, Terms};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let market = Market::open(Terms::new(2, 1_000, Allocation::SecondPrice))?;
//! let (standing, record) = (market.standing(0)?, market.record(0).expect("there are two"));
//! // The house has nothing yet, so a promotion would pay nothing, and a start is worth nothing.
//! assert_eq!(Bidder::default().bid(&standing, record), 0);
//! # Ok(())
//! # }
//! ```

mod bidder;

pub use bidder::{Bidder, Bidding};
