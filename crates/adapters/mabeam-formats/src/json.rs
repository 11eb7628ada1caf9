//! A table as one JSON object, with its version.

use std::io::{Read, Write};

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Goal, SearchSpace, TrialRow, TrialTable};
use serde::{Deserialize, Serialize};

/// The version of the object's shape. Version 1 knew one objective: it had no `goals`, and no trial had `further` values.
pub const JSON_VERSION: u32 = 2;

#[derive(Serialize)]
struct Writing<'a> {
    version: u32,
    study: &'a str,
    direction: Direction,
    #[serde(skip_serializing_if = "<[Goal]>::is_empty")]
    goals: &'a [Goal],
    space: &'a SearchSpace,
    trials: &'a [TrialRow],
}

#[derive(Deserialize)]
struct Written {
    study: String,
    direction: Direction,
    #[serde(default)]
    goals: Vec<Goal>,
    space: SearchSpace,
    trials: Vec<TrialRow>,
}

/// Writes a table as `{"version":2,"study":…,"direction":…,"goals":[…],"space":…,"trials":[…]}` and a line feed, without
/// `goals` where there is one objective. Floats come back bit for bit.
///
/// # Errors
/// `Io` where `out` cannot be written; `Encoding` for a parameter that is not finite.
pub fn write_json(table: &TrialTable, mut out: impl Write) -> Result<()> {
    let TrialTable { study, direction, goals, space, rows } = table;
    let writing = Writing { version: JSON_VERSION, study, direction: *direction, goals, space, trials: rows };
    serde_json::to_writer_pretty(&mut out, &writing).map_err(|error| {
        let code = if error.is_io() { Code::Io } else { Code::Encoding };
        Error::new(code, format!("write study `{study}` as JSON")).caused_by(error)
    })?;
    let failed = |error| Error::new(Code::Io, format!("write study `{study}` as JSON")).caused_by(error);
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(failed)
}

/// Reads what [`write_json`] wrote, in this version or an earlier one.
///
/// # Errors
/// `NewerVersion` for a later version; `Encoding` for anything else.
pub fn read_json(mut from: impl Read) -> Result<TrialTable> {
    let mut text = String::new();
    from.read_to_string(&mut text)
        .map_err(|error| Error::new(Code::Io, "read a study written as JSON").caused_by(error))?;
    let failed =
        |error: serde_json::Error| Error::new(Code::Encoding, format!("read a study written as JSON: {error}"));
    let value: serde_json::Value = serde_json::from_str(&text).map_err(failed)?;
    let version = value["version"].as_u64();
    match version {
        Some(version) if version > u64::from(JSON_VERSION) => {
            let what =
                format!("a study written as JSON has version {version}, this program knows up to {JSON_VERSION}");
            Err(Error::new(Code::NewerVersion, what))
        }
        Some(_) => {
            let Written { study, direction, goals, space, trials } = serde_json::from_str(&text).map_err(failed)?;
            Ok(TrialTable { study, direction, goals, space, rows: trials })
        }
        None => Err(Error::new(Code::Encoding, "read a study written as JSON: it says no version")),
    }
}
