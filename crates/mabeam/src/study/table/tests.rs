use foundation_core::Code;

use super::super::space::{ParamValue, Params};
use super::super::state::TrialState;
use super::*;

fn space() -> SearchSpace {
    let space = SearchSpace::builder().choice("kind", ["sgd", "adam"]).float("momentum", 0.0, 1.0);
    space.when("momentum", "kind", ["sgd"]).int("layers", 1, 4).bool("value").build().unwrap()
}

fn row() -> TrialRow {
    TrialRow {
        trial: u64::MAX,
        state: TrialState::Stopped,
        member: Some("tpe".to_owned()),
        from: None,
        epochs: 9,
        value: Some(0.5),
        further: vec![1.0, -0.0],
        seconds: 0.25,
        failure: None,
        params: Params::new().with("kind", "adam").with("layers", 2).with("value", true),
    }
}

fn columns() -> Vec<Column> {
    Column::all(["size", "value"], &space())
}

#[test]
fn the_name_of_a_state_is_that_of_json() {
    for state in TrialState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
}

#[test]
fn a_parameter_and_an_objective_may_be_called_as_another_column_is() {
    let columns = columns();
    let names: Vec<&str> = columns.iter().map(Column::name).collect();
    let own =
        ["trial", "state", "member", "from", "epochs", "value", "value.size", "value.value", "seconds", "failure"];
    assert_eq!(names[..10], own);
    assert_eq!(names[10..], ["param.kind", "param.momentum", "param.layers", "param.value"]);
    assert_eq!(Column::objective_of(names[7]), Some("value"));
    assert_eq!(Column::objective_of("value"), None);
}

#[test]
fn a_cell_may_lack_where_the_study_says_so() {
    let may: Vec<String> =
        columns().iter().filter(|column| column.is_optional()).map(|column| column.name().to_owned()).collect();
    assert_eq!(may, ["member", "from", "value", "value.size", "value.value", "failure", "param.momentum"]);
}

#[test]
fn every_cell_is_of_its_columns_kind_and_gives_the_row_back() {
    let (columns, row) = (columns(), row());
    for column in &columns {
        let kind = column.cell(&row).map(|cell| match cell {
            Cell::Count(_) => ColumnKind::Count,
            Cell::Int(_) => ColumnKind::Int,
            Cell::Float(_) => ColumnKind::Float,
            Cell::Text(_) => ColumnKind::Text,
            Cell::Bool(_) => ColumnKind::Bool,
        });
        assert!(kind.is_none_or(|kind| kind == column.kind()), "{column:?}");
        assert!(kind.is_some() || column.is_optional(), "{column:?}");
    }
    let back = TrialRow::of_cells(&columns, columns.iter().map(|column| column.cell(&row))).unwrap();
    assert_eq!(back, row);
    assert!(back.further[1].is_sign_negative());
}

#[test]
fn cells_that_make_no_row_are_told_with_their_column() {
    let (columns, row) = (columns(), row());
    for (at, cell, named) in [
        (0, None, "column `trial` is empty"),
        (1, Some(Cell::Text("pausing")), "column `state` is `pausing`"),
        (4, Some(Cell::Count(1 << 32)), "column `epochs` is `4294967296`"),
        (5, Some(Cell::Text("x")), "column `value` is `x`"),
        (6, None, "column `value.value` is `-0.0`, and one before it has no value"),
        (12, Some(Cell::Float(2.0)), "column `param.layers` is `2.0`"),
    ] {
        let mut cells: Vec<Option<Cell<'_>>> = columns.iter().map(|column| column.cell(&row)).collect();
        cells[at] = cell;
        let error = TrialRow::of_cells(&columns, cells).unwrap_err();
        assert_eq!((error.code(), error.what()), (Code::Encoding, named));
    }
}

#[test]
fn params_of_another_kind_than_the_space_says_are_shown_as_they_are() {
    let mut row = row();
    row.params = Params::new().with("layers", 2.5);
    assert_eq!(columns()[12].cell(&row), Some(Cell::Float(2.5)));
    assert_eq!(row.params.get("layers"), Some(&ParamValue::Float(2.5)));
}
