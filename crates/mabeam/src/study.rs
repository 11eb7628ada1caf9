//! Studies: trials of parameters, started, promoted and stopped until a budget is spent.
//!
//! Reading order: what is tuned and by what (`space`, `objective`), who proposes (`sampler`), who goes on (`asha`),
//! then the study itself: its description, its events, and its state as a fold over them.

mod asha;
mod checkpoint;
mod config;
mod event;
mod objective;
mod sampler;
mod space;
mod state;

pub use asha::{Asha, Choice, Halving, Rung};
pub use checkpoint::CheckpointStore;
pub use config::{Direction, StudyConfig, stream_of};
pub use event::{Assigned, Evaluated, Interrupted, Outcome, Reported, STUDY_EVENT_VERSION, StudyEvent, Waited};
pub use objective::{Advanced, Trainer, TrialContext, TrialError};
pub use sampler::{
    Bandwidth, History, Observation, RandomSampler, RungRule, SAMPLER_NAMES, Sampler, TpeSampler, TpeSettings, by_name,
};
pub use space::{Domain, ParamValue, Parameter, Params, SearchSpace, SearchSpaceBuilder};
pub use state::{Decision, Epochs, Job, RungResult, Slot, StudyState, Trial, TrialState};
