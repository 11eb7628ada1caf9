//! A table as CSV (RFC 4180): a row a trial, under the columns of [`Column::all`].
//!
//! A cell of something that is not there is empty. Text that begins with `=`, `+`, `-` or `@` is written as it is: a
//! spreadsheet may take it for a formula, so open files of strangers with care.

use std::io::{Read, Write};

use foundation_core::{Code, Error, Result};
use mabeam::{Cell, Column, ColumnKind, SearchSpace, TrialRow, TrialTable};

/// Writes a table. Floats are written with as many digits as bring them back bit for bit.
///
/// # Errors
/// `Io` where `out` cannot be written.
pub fn write_csv(table: &TrialTable, out: impl Write) -> Result<()> {
    let failed =
        |error: csv::Error| Error::new(Code::Io, format!("write study `{}` as CSV", table.study)).caused_by(error);
    // RFC 4180 ends each row with CRLF.
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let columns = table.columns();
    writer.write_record(columns.iter().map(Column::name)).map_err(failed)?;
    for row in &table.rows {
        let text = |column: &Column| column.cell(row).map_or_else(String::new, |cell| cell.to_string());
        writer.write_record(columns.iter().map(text)).map_err(failed)?;
    }
    writer.flush().map_err(|error| failed(error.into()))
}

/// Reads the rows that [`write_csv`] wrote, of a study of `space`; which further objectives it has is taken from the
/// columns. An empty text and one that is not there are the same.
///
/// # Errors
/// `Encoding`, with the line and the column, for a cell that cannot be read, or columns that are not those of `space`.
pub fn read_csv(space: &SearchSpace, from: impl Read) -> Result<Vec<TrialRow>> {
    let mut reader = csv::Reader::from_reader(from);
    let wrong = |what: String| Error::new(Code::Encoding, format!("read trials as CSV: {what}"));
    let head = reader.headers().map_err(|error| wrong(error.to_string()))?;
    let columns = Column::all(head.iter().filter_map(Column::objective_of), space);
    if head.iter().ne(columns.iter().map(Column::name)) {
        let wanted: Vec<&str> = columns.iter().map(Column::name).collect();
        return Err(wrong(format!("line 1: the columns have to be {}", wanted.join(", "))));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(row(&columns, &record).map_err(|what| wrong(format!("line {line}: {what}")))?);
    }
    Ok(rows)
}

fn row(columns: &[Column], record: &csv::StringRecord) -> std::result::Result<TrialRow, String> {
    let cells = columns.iter().zip(record).map(|(column, text)| cell(column, text));
    let cells = cells.collect::<std::result::Result<Vec<_>, _>>()?;
    TrialRow::of_cells(columns, cells).map_err(|error| error.what().to_owned())
}

fn cell<'a>(column: &Column, text: &'a str) -> std::result::Result<Option<Cell<'a>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let name = column.name();
    Ok(Some(match column.kind() {
        ColumnKind::Count => Cell::Count(number(name, text)?),
        ColumnKind::Int => Cell::Int(number(name, text)?),
        ColumnKind::Float => Cell::Float(number(name, text)?),
        ColumnKind::Bool => Cell::Bool(number(name, text)?),
        ColumnKind::Text => Cell::Text(text),
    }))
}

fn number<T: std::str::FromStr>(column: &str, cell: &str) -> std::result::Result<T, String> {
    cell.parse().map_err(|_| format!("column `{column}` is `{cell}`"))
}
