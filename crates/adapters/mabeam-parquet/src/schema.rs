//! How the columns of a table are stored.

use std::sync::Arc;

use foundation_core::Result;
use mabeam::{Column, ColumnKind};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

/// The schema's own name, which readers of tables do not show.
const NAME: &str = "trials";

/// The type of a row with these columns.
pub(crate) fn of(columns: &[Column], failed: impl Fn(ParquetError) -> foundation_core::Error) -> Result<TypePtr> {
    let fields = columns.iter().map(field).collect::<std::result::Result<Vec<_>, _>>();
    let row = fields.and_then(|fields| Type::group_type_builder(NAME).with_fields(fields).build());
    row.map(Arc::new).map_err(failed)
}

fn field(column: &Column) -> std::result::Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.kind() {
        // Signed, so that whoever takes the difference of two trial numbers gets what they expect.
        ColumnKind::Count | ColumnKind::Int => (Physical::INT64, None),
        ColumnKind::Float => (Physical::DOUBLE, None),
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Bool => (Physical::BOOLEAN, None),
    };
    let repetition = if column.is_optional() { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let builder = Type::primitive_type_builder(column.name(), physical);
    builder.with_logical_type(logical).with_repetition(repetition).build().map(Arc::new)
}

/// How these columns are encoded: text by a dictionary in each row group, numbers as they are, since most differ.
pub(crate) fn properties(columns: &[Column]) -> WriterPropertiesPtr {
    let words = columns.iter().filter(|column| column.kind() == ColumnKind::Text);
    let properties = words.fold(WriterProperties::builder().set_dictionary_enabled(false), |properties, column| {
        // The name is one part of the path, whatever dots it has.
        properties.set_column_dictionary_enabled(ColumnPath::new(vec![column.name().to_owned()]), true)
    });
    Arc::new(properties.build())
}
