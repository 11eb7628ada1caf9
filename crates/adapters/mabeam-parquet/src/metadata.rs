//! What stands in the file beside the rows, with a version.

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Goal, SearchSpace, TrialTable};
use parquet::file::metadata::KeyValue;
use serde::Serialize;

/// The key under which the study's description stands in the file's metadata.
pub const METADATA_KEY: &str = "mabeam";

/// The version of the file's shape: its columns, and the description.
pub const PARQUET_VERSION: u32 = 1;

#[derive(Serialize)]
struct Writing<'a> {
    version: u32,
    study: &'a str,
    direction: Direction,
    goals: &'a [Goal],
    space: &'a SearchSpace,
}

pub(crate) fn of(table: &TrialTable) -> Result<KeyValue> {
    let TrialTable { study, direction, goals, space, rows: _ } = table;
    let writing = Writing { version: PARQUET_VERSION, study, direction: *direction, goals, space };
    let text = serde_json::to_string(&writing).map_err(|error| {
        Error::new(Code::Encoding, format!("write the description of study `{study}` into a Parquet file"))
            .caused_by(error)
    })?;
    Ok(KeyValue::new(METADATA_KEY.to_owned(), text))
}
