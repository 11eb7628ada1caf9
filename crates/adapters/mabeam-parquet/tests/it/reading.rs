//! A table out of a Parquet file, by the `parquet` crate's own reader.

use bytes::Bytes;
use mabeam::{Cell, Column, ColumnKind, Direction, Goal, SearchSpace, TrialRow, TrialTable};
use mabeam_parquet::METADATA_KEY;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde::Deserialize;

/// What stands in the metadata.
#[derive(Deserialize)]
struct Described {
    version: u32,
    study: String,
    direction: Direction,
    goals: Vec<Goal>,
    space: SearchSpace,
}

pub(crate) fn read(file: Vec<u8>) -> TrialTable {
    let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
    let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let entry = entries.iter().find(|entry| entry.key == METADATA_KEY).unwrap();
    let Described { version, study, direction, goals, space } =
        serde_json::from_str(entry.value.as_deref().unwrap()).unwrap();
    assert_eq!(version, 1);
    let columns = Column::all(goals.iter().map(|goal| goal.name.as_str()), &space);
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
        assert_eq!(fields.len(), columns.len());
        let cells = columns.iter().zip(fields).map(|(column, field)| cell(column.kind(), field));
        TrialRow::of_cells(&columns, cells).unwrap()
    });
    let rows = rows.collect();
    TrialTable { study, direction, goals, space, rows }
}

fn cell(kind: ColumnKind, field: &Field) -> Option<Cell<'_>> {
    Some(match (field, kind) {
        (Field::Null, _) => return None,
        (Field::Long(value), ColumnKind::Count) => Cell::Count(u64::try_from(*value).unwrap()),
        (Field::Long(value), ColumnKind::Int) => Cell::Int(*value),
        (Field::Double(value), ColumnKind::Float) => Cell::Float(*value),
        (Field::Str(value), ColumnKind::Text) => Cell::Text(value),
        (Field::Bool(value), ColumnKind::Bool) => Cell::Bool(*value),
        (field, kind) => panic!("{field} under a column of {kind:?}"),
    })
}
