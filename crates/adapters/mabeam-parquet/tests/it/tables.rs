//! Tables that the tests write.

use mabeam::{Direction, Goal, ParamValue, Params, SearchSpace, TrialRow, TrialState, TrialTable};
use mabeam_parquet::write_parquet;

/// A parameter of every kind; `momentum`, `nesterov`, `depth` and `act` are there only where `kind` is sgd. Names that
/// a path, a query or a shell would take apart.
pub(crate) fn space() -> SearchSpace {
    SearchSpace::builder()
        .choice("kind", ["sgd", "adam, \"Ω\"\n"])
        .float("lr.of.a", 0.0, 1.0)
        .int("Größe \"n\", `x`;\n--", -(1 << 53), 1 << 53)
        .bool("value")
        .float("momentum", -1.0, 1.0)
        .bool("nesterov")
        .int("depth", 1, 9)
        .choice("act", ["relu", "日本 🦀"])
        .when("momentum", "kind", ["sgd"])
        .when("nesterov", "kind", ["sgd"])
        .when("depth", "kind", ["sgd"])
        .when("act", "kind", ["sgd"])
        .build()
        .unwrap()
}

/// The point of [`space`] at these places in the unit cube.
pub(crate) fn params(places: [f64; 8]) -> Params {
    space().params_at(&places)
}

/// A trial that has run, at a place where all parameters are there.
pub(crate) fn row(trial: u64) -> TrialRow {
    TrialRow {
        trial,
        state: TrialState::Completed,
        member: Some("tpe".to_owned()),
        from: None,
        epochs: 27,
        value: Some(0.1),
        further: Vec::new(),
        seconds: 1.5,
        failure: None,
        params: params([0.0; 8]),
    }
}

/// A table with as many further objectives as its rows have values.
pub(crate) fn table(rows: Vec<TrialRow>) -> TrialTable {
    let further = rows.iter().map(|row| row.further.len()).max().unwrap_or(0);
    let goal = |at| Goal { name: format!("goal {at}.x"), direction: Direction::Maximize };
    TrialTable {
        study: "s".to_owned(),
        direction: Direction::Minimize,
        goals: (0..further).map(goal).collect(),
        space: space(),
        rows,
    }
}

pub(crate) fn written(table: &TrialTable) -> Vec<u8> {
    let mut file = Vec::new();
    write_parquet(table, &mut file).unwrap();
    file
}

/// A row as bits, so that NaN is equal to itself and 0 is not -0.
pub(crate) fn bits(row: &TrialRow) -> impl PartialEq + std::fmt::Debug {
    let params: Vec<_> = row.params.iter().map(|(name, value)| (name.to_owned(), bits_of(value))).collect();
    let numbers: Vec<u64> = row.further.iter().chain([&row.seconds]).map(|value| value.to_bits()).collect();
    let texts = [row.member.clone(), row.from.clone(), row.failure.clone()];
    (row.trial, row.state, texts, row.epochs, row.value.map(f64::to_bits), numbers, params)
}

fn bits_of(value: &ParamValue) -> (&'static str, u64, String) {
    match value {
        ParamValue::Float(value) => ("float", value.to_bits(), String::new()),
        ParamValue::Int(value) => ("int", value.cast_unsigned(), String::new()),
        ParamValue::Bool(value) => ("bool", u64::from(*value), String::new()),
        ParamValue::Choice(value) => ("choice", 0, value.clone()),
    }
}
