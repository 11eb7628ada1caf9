//! Teams of agents that tune the parameters of anything that can be measured.
//!
//! A [`Study`] tries sets of parameters, *trials*, until a budget is spent. A [`Sampler`] proposes them, a scheduler
//! ([`Schedule`]) lets the better ones go on from rung to rung, and agents do the work. Each of them is a supervised
//! process; what happens is an event, and the log of these events is the only truth about a study: the state of a
//! study is a fold over them ([`StudyState`]), so it goes on after any interruption.
//!
//! ```
//! use std::sync::Arc;
//!
//! use foundation_core::event::NodeId;
//! use foundation_core::{Runtime, RuntimeParts, Telemetry};
//! use foundation_memory::{MemoryEventLog, MemoryKeyValue, Simulation};
//! use mabeam::{Advanced, Asha, Params, SearchSpace, Study, StudyPorts, Trainer, TrialContext, TrialError};
//!
//! /// "Trains" a number towards `1 - |rate - 0.3|`, a third of the way each epoch.
//! struct Approach;
//!
//! impl Trainer for Approach {
//!     fn advance(&self, trial: &TrialContext, params: &Params, from: Option<&[u8]>) -> Result<Advanced, TrialError> {
//!         let goal = 1.0 - (params.float("rate")? - 0.3).abs();
//!         let mut at = from.map_or(Ok(0.0), |bytes| bytes.try_into().map(f64::from_le_bytes)).map_err(|_| "8 bytes")?;
//!         for _ in trial.from_epoch..trial.to_epoch {
//!             at += (goal - at) / 3.0;
//!         }
//!         Ok(Advanced { value: at, checkpoint: at.to_le_bytes().to_vec() })
//!     }
//! }
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let ports = StudyPorts {
//!     runtime: Runtime::new(RuntimeParts {
//!         clock: world.clock(),
//!         entropy: world.entropy(),
//!         spawner: world.spawner(),
//!         node: NodeId::new("here")?,
//!         telemetry: Telemetry::none(),
//!     }),
//!     log: Arc::new(MemoryEventLog::new()),
//!     key_value: Arc::new(MemoryKeyValue::new(world.clock())),
//! };
//! let space = SearchSpace::builder().float("rate", 0.0, 1.0).build()?;
//! let study = Study::new("approach", space).seed(1).scheduler(Asha::default()).budget(300);
//! let state = world.block_on(study.train(&ports, Approach))?;
//! let best = state.best().expect("300 epochs finish some trials");
//! assert!((best.params.float("rate")? - 0.3).abs() < 0.1);
//! assert!(state.trials().iter().all(|trial| trial.state.is_over()));
//! # Ok(())
//! # }
//! ```
//!
//! # Ways to be measured
//! - A [`Trainer`] works in pieces: it is paused at a rung with a checkpoint, and goes on if it is promoted.
//! - An [`Objective`], a closure over a [`LiveTrial`], runs in one go, reports, and may be told to stop.
//! - Whoever measures elsewhere asks and tells: [`Study::ask_tell`].
//!
//! # A team, and what holds it together
//! Four modules know nothing of studies; each is made of pure functions over events, so it replays from a log.
//! - A [`Market`] sells starts to the members of a team from a ledger in whole units, in which no unit is made or lost.
//! - A [`Poll`] counts votes over those who were entitled when it began.
//! - A variable ([`VariableLog`]) is changed by a proposal, votes and an append that holds only if nobody was quicker.
//! - A [`Bidder`] and a [`Critic`] are what a member does: how much to stake on a start, how to vote on a candidate.
//!
//! # What it is not
//! Nothing here knows an adapter or an engine; [`StudyPorts`] are handed in. Nothing here promises a better optimum
//! than another tuner's: what the samplers reach is measured by `cargo xtask bench study`.

mod body;

mod market;

mod coordination;

mod variable;

mod agent;

mod study;

pub use agent::{Bidder, Bidding, Critic};
pub use coordination::{Ballot, Confidence, Electorate, Poll, Resolution, Tally, VotingRule};
pub use market::{
    Account, Allocation, Clearing, Given, Ledger, MARKET_EVENT_VERSION, Market, MarketEvent, Paid, Record, Sold,
    Standing, Terms, second_price,
};
pub use study::{
    Advanced, Answer, Asha, AskTell, Asked, Assigned, Attempts, Bandwidth, Cell, CheckpointStore, Choice, CmaSampler,
    CmaSettings, Column, ColumnKind, Condition, Constraint, ConstraintError, Course, Decision, Direction, Domain,
    Enqueued, Epochs, Evaluated, Goal, GpSampler, GpSettings, Halving, History, Hyperband, Importance,
    ImportanceSettings, Imported, Improvement, Interrupted, Job, Judge, Judged, Judgement, Judging, Known, LeaseId,
    LiveTrial, LocalSampler, LocalSettings, LocalStudies, LookedUp, MedianStopping, Member, Next, Objective,
    Observation, Opened, Outcome, ParamValue, Parameter, Params, Parent, Pbt, Pending, Quarantined, RandomSampler,
    Recorded, Reported, Request, Rung, RungResult, RungRule, RunningStudy, SAMPLER_NAMES, STUDY_EVENT_VERSION, Sampler,
    Schedule, SearchSpace, SearchSpaceBuilder, Share, Simulated, Slot, SobolSampler, Stretched, Studies, Study,
    StudyConfig, StudyEvent, StudyPorts, StudyState, StudySummary, Tabulated, Team, TeamConfig, Told, TpeSampler,
    TpeSettings, Trainer, Trial, TrialContext, TrialError, TrialRow, TrialState, TrialTable, Verdict, Waited,
    best_config_of, by_name, dominates, importance, pareto_front, read_events, read_study, scalarised, stream_of,
    with_settings,
};
pub use variable::{
    Change, Draft, Proposal, ProposalState, Proposed, VARIABLE_EVENT_VERSION, VariableEvent, VariableLog,
    VariablePorts, VariableState, Voted, read_variable, variable_stream,
};
