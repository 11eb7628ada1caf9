//! What a file is to a reader that knows nothing of studies: the `parquet` crate's own.

use bytes::Bytes;
use mabeam::{Direction, Goal, TrialRow, TrialState, TrialTable};
use mabeam_parquet::{METADATA_KEY, PARQUET_VERSION};
use parquet::basic::{Encoding, LogicalType, Repetition, Type};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

use crate::tables::{params, row, space, table, written};

fn reader(table: &TrialTable) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(Bytes::from(written(table))).unwrap()
}

#[test]
fn the_columns_are_those_of_the_table_with_types() {
    let table = table(vec![TrialRow { further: vec![1.0], ..row(0) }]);
    let reader = reader(&table);
    let schema = reader.metadata().file_metadata().schema_descr();
    let found: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| {
            let is_optional = column.self_type().get_basic_info().repetition() == Repetition::OPTIONAL;
            (column.name(), column.physical_type(), is_optional)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("trial", Type::INT64, false),
            ("state", Type::BYTE_ARRAY, false),
            ("member", Type::BYTE_ARRAY, true),
            ("from", Type::BYTE_ARRAY, true),
            ("epochs", Type::INT64, false),
            ("value", Type::DOUBLE, true),
            ("value.goal 0.x", Type::DOUBLE, true),
            ("seconds", Type::DOUBLE, false),
            ("failure", Type::BYTE_ARRAY, true),
            ("param.kind", Type::BYTE_ARRAY, false),
            ("param.lr.of.a", Type::DOUBLE, false),
            ("param.Größe \"n\", `x`;\n--", Type::INT64, false),
            ("param.value", Type::BOOLEAN, false),
            ("param.momentum", Type::DOUBLE, true),
            ("param.nesterov", Type::BOOLEAN, true),
            ("param.depth", Type::INT64, true),
            ("param.act", Type::BYTE_ARRAY, true),
        ]
    );
    for column in schema.columns() {
        let is_text = column.physical_type() == Type::BYTE_ARRAY;
        assert_eq!(column.logical_type_ref() == Some(&LogicalType::String), is_text, "{}", column.name());
        assert_eq!(column.path().parts(), [column.name()], "a dot in a name makes no nested column");
    }
    let names: Vec<String> = table.columns().iter().map(|column| column.name().to_owned()).collect();
    assert_eq!(found.iter().map(|(name, _, _)| *name).collect::<Vec<_>>(), names);
}

#[test]
fn what_is_not_there_is_null() {
    let failed = TrialRow {
        state: TrialState::Failed,
        member: None,
        value: None,
        failure: Some("odd".to_owned()),
        params: params([1.0; 8]),
        ..row(7)
    };
    let read: Vec<_> = reader(&table(vec![failed])).get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let cells: Vec<(&str, &Field)> = read[0].get_column_iter().map(|(name, field)| (name.as_str(), field)).collect();
    let nulls = cells.iter().filter(|(_, field)| **field == Field::Null).map(|(name, _)| *name);
    assert_eq!(
        nulls.collect::<Vec<_>>(),
        ["member", "from", "value", "param.momentum", "param.nesterov", "param.depth", "param.act"]
    );
    let there = |wanted: &str| cells.iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
    assert_eq!(there("trial"), Field::Long(7));
    assert_eq!(there("state"), Field::Str("failed".to_owned()));
    assert_eq!(there("epochs"), Field::Long(27));
    assert_eq!(there("seconds"), Field::Double(1.5));
    assert_eq!(there("failure"), Field::Str("odd".to_owned()));
    assert_eq!(there("param.kind"), Field::Str("adam, \"Ω\"\n".to_owned()));
    assert_eq!(there("param.lr.of.a"), Field::Double(1.0));
    assert_eq!(there("param.Größe \"n\", `x`;\n--"), Field::Long(1 << 53));
    assert_eq!(there("param.value"), Field::Bool(true));
}

#[test]
fn what_no_row_tells_stands_in_the_metadata() {
    let goals = vec![Goal { name: "size".to_owned(), direction: Direction::Maximize }];
    let reader = reader(&TrialTable { goals, ..table(vec![]) });
    let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let entry = entries.iter().find(|entry| entry.key == METADATA_KEY).unwrap();
    let found: serde_json::Value = serde_json::from_str(entry.value.as_deref().unwrap()).unwrap();
    let expected = serde_json::json!({
        "version": PARQUET_VERSION,
        "study": "s",
        "direction": "minimize",
        "goals": [{"name": "size", "direction": "maximize"}],
        "space": space(),
    });
    assert_eq!(found, expected);
}

/// The words of a choice and the names of members stand once in each row group; a number stands where it is.
#[test]
fn text_has_a_dictionary_and_numbers_have_none() {
    let reader = reader(&table((0..100).map(row).collect()));
    for chunk in reader.metadata().row_group(0).columns() {
        let has_dictionary = chunk.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
        assert_eq!(has_dictionary, chunk.column_type() == Type::BYTE_ARRAY, "{}", chunk.column_path());
    }
}
