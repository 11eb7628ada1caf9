//! Universal variables: values that a team changes together, by proposal, vote and commit.
//!
//! A variable has a version that rises by one with each change. Whoever wants to change it proposes a value *against
//! the version it has seen*. Those entitled when the proposal was made vote on it; if it is accepted while the variable
//! still has that version, it is committed and subscribers are told. Of several proposals against one version at most
//! one is committed: the others are then superseded. Nothing is forgotten: a proposal that came to nothing stays with
//! its votes.
//!
//! Reading order: what happens to a variable (`event`), its state as a fold over that (`state`), and its log (`log`),
//! in which every change is an append that holds only if nobody else was quicker.
//!
//! ```
//! use std::sync::Arc;
//!
//! use foundation_core::event::{EventSource, NodeId};
//! use foundation_memory::{MemoryEventLog, Simulation};
//! use futures_util::StreamExt as _;
//! use mabeam::{
//!     Ballot, Confidence, Draft, Electorate, ProposalState, VariableLog, VariablePorts, VotingRule,
//! };
//! use serde_json::json;
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let ports = VariablePorts {
//!     log: Arc::new(MemoryEventLog::new()),
//!     clock: world.clock(),
//!     entropy: world.entropy(),
//!     source: EventSource::new(world.clock(), world.entropy(), NodeId::new("here")?),
//! };
//! world.block_on(async {
//!     let mut best = VariableLog::open(ports, "best_config").await?;
//!     let mut changes = best.subscribe(0).await?;
//!     let proposal = best
//!         .propose(Draft {
//!             value: json!({ "rate": 0.3 }),
//!             proposer: "scheduler".to_owned(),
//!             base: best.state().version(),
//!             electorate: Electorate::new(["folds", "holdout", "noise"])?,
//!             rule: VotingRule::Majority,
//!         })
//!         .await?;
//!     for voter in ["folds", "holdout"] {
//!         let (confidence, reason) = (Confidence::from_share(0.9), "a better mean".to_owned());
//!         best.vote(proposal, Ballot { voter: voter.to_owned(), accept: true, confidence, reason }).await?;
//!     }
//!     assert_eq!(best.settle(proposal).await?, ProposalState::Committed { version: 1 });
//!     let told = changes.next().await.expect("the stream goes on")?;
//!     assert_eq!((told.version, told.value), (1, json!({ "rate": 0.3 })));
//!     Ok(())
//! })
//! # }
//! ```

mod event;

mod state;

mod log;

pub use event::{Draft, Proposed, VARIABLE_EVENT_VERSION, VariableEvent, Voted};
pub use log::{VariableLog, VariablePorts, read_variable, variable_stream};
pub use state::{Change, Proposal, ProposalState, VariableState};
