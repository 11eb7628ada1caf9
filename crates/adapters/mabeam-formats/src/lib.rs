//! Studies in the formats of others: out as CSV or JSON, in from a journal of Optuna.
//!
//! A [`TrialTable`](mabeam::TrialTable) is a study's trials as rows, which [`write_csv`] and [`write_json`] write and [`read_csv`] and
//! [`read_json`] read back. [`optuna`] reads the file of Optuna's `JournalFileBackend` and turns a study of it into a
//! search space and trials that are known, with which a study of ours begins.
//!
//! ```
//! use mabeam_formats::optuna;
//! # fn main() -> foundation_core::Result<()> {
//! let journal = concat!(
//!     r#"{"op_code":0,"worker_id":"w","study_name":"lr","directions":[1]}"#, "\n",
//!     r#"{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":null}"#, "\n",
//!     r#"{"op_code":5,"worker_id":"w","trial_id":0,"param_name":"lr","param_value_internal":0.1,"#,
//!     r#""distribution":"{\"name\":\"FloatDistribution\",\"attributes\":{\"low\":0.0,\"high\":1.0,\"log\":false}}"}"#, "\n",
//!     r#"{"op_code":6,"worker_id":"w","trial_id":0,"state":1,"values":[0.5],"datetime_complete":null}"#, "\n",
//! );
//! let studies = optuna::read(journal.as_bytes())?.studies;
//! let brought = optuna::bring(&studies[0])?;
//! assert_eq!(brought.space.parameters()[0].name(), "lr");
//! assert_eq!(brought.trials.len(), 1);
//! # Ok(())
//! # }
//! ```

mod csv;
mod json;

pub mod optuna;

pub use csv::{read_csv, write_csv};
pub use json::{JSON_VERSION, read_json, write_json};
