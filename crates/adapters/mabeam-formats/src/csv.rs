//! A table as CSV (RFC 4180): a row a trial, the parameters in columns that begin with `param.`.
//!
//! A cell of something that is not there is empty. Text that begins with `=`, `+`, `-` or `@` is written as it is: a
//! spreadsheet may take it for a formula, so open files of strangers with care.

use std::io::{Read, Write};

use foundation_core::{Code, Error, Result};
use mabeam::{Domain, ParamValue, Params, SearchSpace, TrialState};

use crate::table::{TrialRow, TrialTable};

/// What stands before the parameters.
const COLUMNS: [&str; 8] = ["trial", "state", "member", "from", "epochs", "value", "seconds", "failure"];
/// What the names of parameters begin with, so that none is taken for another column.
const PREFIX: &str = "param.";

/// Writes a table. Floats are written with as many digits as bring them back bit for bit.
///
/// # Errors
/// `Io` where `out` cannot be written.
pub fn write_csv(table: &TrialTable, out: impl Write) -> Result<()> {
    let failed =
        |error: csv::Error| Error::new(Code::Io, format!("write study `{}` as CSV", table.study)).caused_by(error);
    // RFC 4180 ends each row with CRLF.
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let names = table.space.parameters().iter().map(|parameter| format!("{PREFIX}{}", parameter.name()));
    writer.write_record(COLUMNS.map(str::to_owned).into_iter().chain(names)).map_err(failed)?;
    for row in &table.rows {
        let value = row.value.map(|value| format!("{value:?}")).unwrap_or_default();
        let own = [
            row.trial.to_string(),
            word_of(row.state).to_owned(),
            row.member.clone().unwrap_or_default(),
            row.from.clone().unwrap_or_default(),
            row.epochs.to_string(),
            value,
            format!("{:?}", row.seconds),
            row.failure.clone().unwrap_or_default(),
        ];
        let params = table
            .space
            .parameters()
            .iter()
            .map(|parameter| row.params.get(parameter.name()).map_or_else(String::new, ToString::to_string));
        writer.write_record(own.into_iter().chain(params)).map_err(failed)?;
    }
    writer.flush().map_err(|error| failed(error.into()))
}

/// Reads the rows that [`write_csv`] wrote, of a study of `space`. An empty text and one that is not there are the same.
///
/// # Errors
/// `Encoding`, with the line and the column, for a cell that cannot be read, or columns that are not those of `space`.
pub fn read_csv(space: &SearchSpace, from: impl Read) -> Result<Vec<TrialRow>> {
    let mut reader = csv::Reader::from_reader(from);
    let wrong = |what: String| Error::new(Code::Encoding, format!("read trials as CSV: {what}"));
    let head = reader.headers().map_err(|error| wrong(error.to_string()))?;
    let names = space.parameters().iter().map(|parameter| format!("{PREFIX}{}", parameter.name()));
    let wanted: Vec<String> = COLUMNS.map(str::to_owned).into_iter().chain(names).collect();
    if head.iter().ne(wanted.iter().map(String::as_str)) {
        return Err(wrong(format!("line 1: the columns have to be {}", wanted.join(", "))));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(row(space, &record).map_err(|what| wrong(format!("line {line}: {what}")))?);
    }
    Ok(rows)
}

fn row(space: &SearchSpace, record: &csv::StringRecord) -> std::result::Result<TrialRow, String> {
    let text = |at: usize| record.get(at).unwrap_or_default();
    let there = |at: usize| Some(text(at)).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut params = Params::new();
    for (parameter, at) in space.parameters().iter().zip(COLUMNS.len()..) {
        if let Some(cell) = there(at) {
            let value = match parameter.domain() {
                Domain::Int { .. } => ParamValue::Int(number(parameter.name(), &cell)?),
                Domain::Float { .. } => ParamValue::Float(number(parameter.name(), &cell)?),
                Domain::Bool => ParamValue::Bool(number(parameter.name(), &cell)?),
                _ => ParamValue::Choice(cell),
            };
            params = params.with(parameter.name(), value);
        }
    }
    Ok(TrialRow {
        trial: number(COLUMNS[0], text(0))?,
        state: TrialState::ALL
            .into_iter()
            .find(|state| word_of(*state) == text(1))
            .ok_or_else(|| format!("column `state` is `{}`", text(1)))?,
        member: there(2),
        from: there(3),
        epochs: number(COLUMNS[4], text(4))?,
        value: there(5).map(|cell| number(COLUMNS[5], &cell)).transpose()?,
        seconds: number(COLUMNS[6], text(6))?,
        failure: there(7),
        params,
    })
}

fn number<T: std::str::FromStr>(column: &str, cell: &str) -> std::result::Result<T, String> {
    cell.parse().map_err(|_| format!("column `{column}` is `{cell}`"))
}

/// The word for a state, as JSON has it too.
pub(crate) fn word_of(state: TrialState) -> &'static str {
    match state {
        TrialState::Running => "running",
        TrialState::Paused => "paused",
        TrialState::Completed => "completed",
        TrialState::Stopped => "stopped",
        TrialState::Failed => "failed",
    }
}
