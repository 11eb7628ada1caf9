//! Votes: who may cast one, what was cast, and what follows from it.
//!
//! An [`Electorate`] is fixed when a vote begins; nobody joins and nobody leaves. Each of its voters casts at most one
//! [`Ballot`], for or against, with a [`Confidence`] and a reason. A [`Poll`] counts them by a [`VotingRule`]. Whoever
//! is entitled and casts nothing counts as not in favour, so silence never changes anything.
//!
//! Voters can fail by stopping, at any time; none is supposed to lie about who it is. Nothing here holds against voters
//! that do: a majority of those entitled is what is needed, and what suffices.
//!
//! ```
//! use mabeam::{Ballot, Confidence, Electorate, Poll, Resolution, VotingRule};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let critics = Electorate::new(["folds", "noise", "holdout"])?;
//! let mut poll = Poll::new(critics, VotingRule::Majority);
//! let in_favour = |voter: &str| Ballot {
//!     voter: voter.to_owned(),
//!     accept: true,
//!     confidence: Confidence::from_share(0.9),
//!     reason: "better on 7 of 8 folds".to_owned(),
//! };
//! poll.cast(in_favour("folds"))?;
//! assert_eq!(poll.resolution(), Resolution::Open);
//! poll.cast(in_favour("holdout"))?;
//! // Two of three: the third cannot change it any more.
//! assert_eq!(poll.resolution(), Resolution::Accepted);
//! assert!(poll.cast(in_favour("somebody else")).is_err());
//! # Ok(())
//! # }
//! ```

mod ballot;
mod poll;

pub use ballot::{Ballot, Confidence, Electorate};
pub use poll::{Poll, Resolution, Tally, VotingRule};
