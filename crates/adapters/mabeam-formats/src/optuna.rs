//! Optuna's journals: the file of its `JournalFileBackend`, a line of JSON an operation.
//!
//! [`read`] replays the operations as Optuna does (`optuna/storages/journal/_storage.py`, version 5.0) and answers the
//! studies as they stand. [`bring`] turns one into what a study of ours begins with.

mod bring;
mod distribution;
mod line;
mod replay;

pub use bring::{Brought, bring};
pub use distribution::Distribution;
pub use replay::{Journal, OptunaStudy, OptunaTrial, OptunaTrialState, read};
