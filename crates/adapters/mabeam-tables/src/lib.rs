//! Tabulated benchmarks: what every configuration of a small space reaches, measured once by others and looked up since.
//!
//! A [`Table`] holds the value and the training time of each point of a grid. It is a [`mabeam::Tabulated`], so a study
//! is simulated on it in the time that its decisions take. [`read`] opens a file of tables in the format of this crate,
//! which `cargo xtask bench study --tables` makes once from a published package. [`Comparison`] and [`wilcoxon`] say how
//! tuners fare on several tables.
//!
//! ```
//! use mabeam::{Direction, RandomSampler, Study};
//! use mabeam_tables::{Axis, Table};
//!
//! let axes = vec![
//!     Axis { name: "units".to_owned(), is_ordered: true, options: vec!["16".into(), "32".into(), "64".into()] },
//!     Axis { name: "act".to_owned(), is_ordered: false, options: vec!["relu".into(), "tanh".into()] },
//! ];
//! let errors = vec![0.4, 0.5, 0.2, 0.3, 0.1, 0.4];
//! let table = Table::new("toy", "error", Direction::Minimize, axes, errors, vec![60.0; 6])?;
//! assert_eq!((table.best(), table.median()), (f64::from(0.1_f32), (f64::from(0.3_f32) + f64::from(0.4_f32)) / 2.0));
//!
//! let study = Study::new("toy", table.space()).minimize().slots(1).trials(40).sampler(std::sync::Arc::new(RandomSampler));
//! let found = study.simulate(&table)?;
//! assert_eq!(found.seconds(), 40.0 * 60.0);
//! assert_eq!(table.regret(found.state().best().and_then(|trial| trial.value()).unwrap_or(f64::NAN)), 0.0);
//! # Ok::<(), foundation_core::Error>(())
//! ```

mod table;

mod file;

mod compare;
mod wilcoxon;

pub use compare::{Comparison, ranks};
pub use file::{FILE_VERSION, read, write};
pub use table::{Axis, Table};
pub use wilcoxon::{SignedRank, wilcoxon};
