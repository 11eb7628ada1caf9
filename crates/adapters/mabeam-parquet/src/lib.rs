//! Studies as Apache Parquet: a row a trial, under columns with types, for pandas, Polars, DuckDB and whatever else
//! reads tables.
//!
//! [`write_parquet`] writes a [`TrialTable`](mabeam::TrialTable). The columns are those of the table's CSV, by the same
//! names:
//!
//! | cells | stored as |
//! |---|---|
//! | counts (`trial`, `epochs`) and integer parameters | INT64 |
//! | `value`, `value.NAME`, `seconds`, float parameters | DOUBLE |
//! | `state`, `member`, `from`, `failure`, choices | BYTE_ARRAY, a STRING |
//! | boolean parameters | BOOLEAN |
//!
//! A column is OPTIONAL, and null where there is nothing, if a trial may have nothing there: `member`, `from`, values,
//! `failure`, and parameters with a condition. The others are REQUIRED. What a row does not tell (the study's name,
//! which values are better, the search space) stands as JSON in the file's metadata, under the key [`METADATA_KEY`],
//! with a version.
//!
//! Nothing is compressed: words are stored once a row group, and random numbers do not get smaller.
//!
//! Nothing here reads such a file: the `parquet` crate panics on some damaged ones (60.1 does where the footer has a
//! negative offset), and what is to come back has CSV and JSON, of the crate `mabeam-formats`.
//!
//! This is a crate of its own, apart from CSV and JSON, because the `parquet` crate takes longer to build than all of
//! those together.
//!
//! ```
//! use mabeam::{Direction, Params, SearchSpace, TrialRow, TrialState, TrialTable};
//! use mabeam_parquet::write_parquet;
//!
//! let space = SearchSpace::builder().float("lr", 0.0, 1.0).int("layers", 1, 4).build()?;
//! let row = TrialRow {
//!     trial: 0,
//!     state: TrialState::Completed,
//!     member: Some("tpe".to_owned()),
//!     from: None,
//!     epochs: 27,
//!     value: Some(0.93),
//!     further: Vec::new(),
//!     seconds: 1.5,
//!     failure: None,
//!     params: Params::new().with("lr", 0.01).with("layers", 2),
//! };
//! let table = TrialTable {
//!     study: "s".to_owned(),
//!     direction: Direction::Maximize,
//!     goals: Vec::new(),
//!     space,
//!     rows: vec![row],
//! };
//! let mut file = Vec::new();
//! write_parquet(&table, &mut file)?;
//! assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
//! # Ok::<(), foundation_core::Error>(())
//! ```

mod metadata;
mod schema;

mod write;

pub use metadata::{METADATA_KEY, PARQUET_VERSION};
pub use write::{ROWS_PER_GROUP, write_parquet};
