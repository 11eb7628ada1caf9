//! A table into a Parquet file.

use std::io::Write;

use foundation_core::{Code, Error, Result};
use mabeam::{Cell, Column, TrialRow, TrialTable};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use crate::{metadata, schema};

/// How many trials a row group has at most. One group at a time is held in memory in its stored form.
pub const ROWS_PER_GROUP: usize = 10_000;

/// Writes a table, a row group at a time; `out` is flushed at the end. Equal tables give equal bytes.
///
/// # Errors
/// `Io` where `out` cannot be written; `Encoding`, naming trial and column, where a trial lacks a parameter that has no
/// condition, has one of another kind than the space says, or its number is 2^63 or more. What was written until then is
/// no Parquet file.
pub fn write_parquet(table: &TrialTable, out: impl Write + Send) -> Result<()> {
    let during = || format!("write study `{}` as Parquet", table.study);
    let failed = |error: ParquetError| Error::new(Code::Io, during()).caused_by(error);
    let columns = table.columns();
    let schema = schema::of(&columns, failed)?;
    let mut file = SerializedFileWriter::new(out, schema, schema::properties(&columns)).map_err(failed)?;
    file.append_key_value_metadata(metadata::of(table)?);
    for rows in table.rows.chunks(ROWS_PER_GROUP) {
        let mut group = file.next_row_group().map_err(failed)?;
        for column in &columns {
            let Some(mut chunk) = group.next_column().map_err(failed)? else { break };
            let values = Values { column, rows };
            values.write(chunk.untyped()).map_err(|fault| match fault {
                Fault::Writer(error) => failed(error),
                Fault::Cell(what) => Error::new(Code::Encoding, format!("{}: {what}", during())),
            })?;
            chunk.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    file.close().map_err(failed)?;
    Ok(())
}

/// One column of some rows.
#[derive(Clone, Copy)]
struct Values<'a> {
    column: &'a Column,
    rows: &'a [TrialRow],
}

/// Why a column is not written.
enum Fault {
    Writer(ParquetError),
    Cell(String),
}

impl Values<'_> {
    fn write(self, writer: &mut ColumnWriter<'_>) -> std::result::Result<(), Fault> {
        match writer {
            ColumnWriter::Int64ColumnWriter(writer) => self.put(writer, |cell| match cell {
                Cell::Int(value) => Some(value),
                Cell::Count(value) => i64::try_from(value).ok(),
                _ => None,
            }),
            ColumnWriter::DoubleColumnWriter(writer) => {
                self.put(writer, |cell| if let Cell::Float(value) = cell { Some(value) } else { None })
            }
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                self.put(writer, |cell| if let Cell::Text(value) = cell { Some(ByteArray::from(value)) } else { None })
            }
            ColumnWriter::BoolColumnWriter(writer) => {
                self.put(writer, |cell| if let Cell::Bool(value) = cell { Some(value) } else { None })
            }
            _ => Err(Fault::Cell(format!("column `{}` has a type that no column has", self.column.name()))),
        }
    }

    fn put<T: DataType>(
        self,
        writer: &mut ColumnWriterImpl<'_, T>,
        stored: impl Fn(Cell<'_>) -> Option<T::T>,
    ) -> std::result::Result<(), Fault> {
        let Self { column, rows } = self;
        let mut values = Vec::with_capacity(rows.len());
        // For each row whether it has a value, 1 or 0; asked for only where it may have none.
        let mut levels = Vec::with_capacity(if column.is_optional() { rows.len() } else { 0 });
        for row in rows {
            let cell = column.cell(row);
            if column.is_optional() {
                levels.push(i16::from(cell.is_some()));
            }
            match cell {
                Some(cell) => values.push(stored(cell).ok_or_else(|| {
                    Fault::Cell(format!("trial {}: column `{}` is `{cell}`", row.trial, column.name()))
                })?),
                None if column.is_optional() => {}
                None => {
                    return Err(Fault::Cell(format!("trial {}: column `{}` is empty", row.trial, column.name())));
                }
            }
        }
        let levels = column.is_optional().then_some(levels.as_slice());
        writer.write_batch(&values, levels, None).map_err(Fault::Writer)?;
        Ok(())
    }
}
