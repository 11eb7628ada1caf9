//! The example's study file, as a run of this bench needs it.

use std::path::Path;

use toml::{Table, Value};

use super::super::EPOCHS;
use crate::failure::Failure;

/// The example's study with no early stop, and with the example's folder written out: the copy may lie anywhere.
pub(super) fn copy_of(text: &str, example: &Path) -> Result<String, Failure> {
    let read = |error: toml::de::Error| Failure::new(format!("read the example's study file: {error}"));
    let mut study: Table = text.parse().map_err(read)?;
    let Some(Value::Table(exec)) = study.get_mut("exec") else {
        return Err(Failure::new("the example's study file describes no program"));
    };
    exec.insert("directory".to_owned(), Value::String(example.display().to_string()));
    let mut schedule = Table::new();
    schedule.insert("kind".to_owned(), Value::String("none".to_owned()));
    schedule.insert("epochs".to_owned(), Value::Integer(i64::from(EPOCHS)));
    study.insert("schedule".to_owned(), Value::Table(schedule));
    Ok(study.to_string())
}

#[cfg(test)]
mod tests;
