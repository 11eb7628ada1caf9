//! Studies: trials of parameters, started, promoted and stopped until a budget is spent.
//!
//! Reading order: what is tuned and by what (`space`, `objective`), who proposes (`sampler`), who goes on (`schedule`);
//! then the study itself: its description, its events, its state as a fold over them, and its log (`journal`); then the
//! processes: `proposer`, `scheduler`, and `agent` with the closures it runs (`live`); then what people call: `run`
//! and `ask`; last `simulate`, which runs a study on a clock of its own, `importance`, which says what its values hang
//! on, and `table`, a study's trials as rows.

mod judge;
mod objective;
mod space;

mod sampler;

mod schedule;

mod team;

mod config;
mod event;
mod state;

mod journal;

mod checkpoint;

mod proposal;
mod proposer;

mod scheduler;

mod agent;
mod live;

mod meters;

mod panel;

mod tree;

mod ask;
mod follow;
mod run;
mod running;
mod studies;

mod simulate;

mod importance;

mod table;

pub use ask::{Answer, AskTell, Asked, Course, LeaseId, Next, Recorded};
pub use checkpoint::CheckpointStore;
pub use config::{Direction, Goal, StudyConfig, stream_of};
pub use event::{
    Assigned, Enqueued, Evaluated, Imported, Interrupted, Judged, Known, Outcome, Parent, Reported,
    STUDY_EVENT_VERSION, StudyEvent, Told, Waited,
};
pub use importance::{Importance, ImportanceSettings, Share, importance};
pub use journal::{read_events, read_study};
pub use judge::{Judge, Judgement, Judging};
pub use live::{LiveTrial, Objective, Verdict};
pub use objective::{Advanced, Trainer, TrialContext, TrialError};
pub use panel::best_config_of;
pub use run::{Study, StudyPorts};
pub use running::RunningStudy;
pub use sampler::{
    Bandwidth, CmaSampler, CmaSettings, GpSampler, GpSettings, History, LocalSampler, LocalSettings, Observation,
    Pending, RandomSampler, Request, RungRule, SAMPLER_NAMES, Sampler, SobolSampler, TpeSampler, TpeSettings, by_name,
    dominates, pareto_front, scalarised, with_settings,
};
pub use schedule::{Asha, Choice, Halving, Hyperband, MedianStopping, Pbt, Rung, Schedule};
pub use simulate::{Improvement, LookedUp, Simulated, Stretched, Tabulated};
pub use space::{
    Attempts, Condition, Constraint, ConstraintError, Domain, ParamValue, Parameter, Params, SearchSpace,
    SearchSpaceBuilder,
};
pub use state::{Decision, Epochs, Job, Quarantined, RungResult, Slot, StudyState, StudySummary, Trial, TrialState};
pub use studies::{LocalStudies, Opened, Studies};
pub use table::{Cell, Column, ColumnKind, TrialRow, TrialTable};
pub use team::{Member, Team, TeamConfig};
