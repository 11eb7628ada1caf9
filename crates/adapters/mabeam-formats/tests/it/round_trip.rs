//! What is written is read back.

use foundation_core::Code;
use mabeam::{Direction, Goal, ParamValue, Params, SearchSpace, Study, TrialRow, TrialState, TrialTable};
use mabeam_formats::{read_csv, read_json, write_csv, write_json};
use proptest::prelude::*;

fn space() -> SearchSpace {
    SearchSpace::builder()
        .float("lr", 0.0, 1.0)
        .int("n, or \"units\"", -5, 9)
        .choice("act", ["relu", "a,b\r\n\"c\""])
        .bool("value")
        .build()
        .unwrap()
}

fn row(trial: u64, value: Option<f64>, seconds: f64, failure: Option<String>, place: [f64; 4]) -> TrialRow {
    let state = TrialState::ALL[trial as usize % TrialState::ALL.len()];
    let from = failure.as_ref().map(|_| "trial 3, \"elsewhere\"".to_owned());
    let member = trial.is_multiple_of(2).then(|| "tpe".to_owned());
    TrialRow {
        trial,
        state,
        member,
        from,
        epochs: 27,
        value,
        further: vec![],
        seconds,
        failure,
        params: space().params_at(&place),
    }
}

fn table(rows: Vec<TrialRow>) -> TrialTable {
    TrialTable { study: "s".to_owned(), direction: Direction::Minimize, goals: vec![], space: space(), rows }
}

fn csv_of(table: &TrialTable) -> String {
    let mut out = Vec::new();
    write_csv(table, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn csv_is_that_of_rfc_4180() {
    let written = csv_of(&table(vec![row(2, Some(0.1), 1.0, None, [0.5, 0.0, 0.9, 0.0])]));
    assert_eq!(
        written,
        "trial,state,member,from,epochs,value,seconds,failure,param.lr,\"param.n, or \"\"units\"\"\",param.act,param.value\r\n\
         2,completed,tpe,,27,0.1,1.0,,0.5,-5,\"a,b\r\n\"\"c\"\"\",false\r\n"
    );
}

#[test]
fn a_parameter_that_is_not_there_is_an_empty_cell() {
    let mut one = row(0, None, 0.0, None, [0.5; 4]);
    one.params = Params::new().with("lr", 0.25);
    let table = table(vec![one]);
    assert!(csv_of(&table).ends_with(",0.25,,,\r\n"));
    assert_eq!(read_csv(&space(), csv_of(&table).as_bytes()).unwrap(), table.rows);
}

#[test]
fn a_cell_that_cannot_be_read_is_told_with_its_line_and_column() {
    let written = csv_of(&table(vec![row(0, Some(1.0), 1.0, None, [0.5; 4]), row(1, Some(1.0), 1.0, None, [0.5; 4])]));
    for (from, to, named) in [
        ("1,paused", "1,pausing", "line 3: column `state` is `pausing`"),
        ("1,paused", "x,paused", "line 3: column `trial` is `x`"),
        ("param.lr", "param.rate", "line 1: the columns have to be trial, state"),
    ] {
        let error = read_csv(&space(), written.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::Encoding);
        assert!(error.what().contains(named), "{error}");
    }
}

#[test]
fn a_later_version_is_refused() {
    let mut out = Vec::new();
    write_json(&table(vec![]), &mut out).unwrap();
    let later = String::from_utf8(out).unwrap().replace("\"version\": 2,\n  \"study", "\"version\": 3,\n  \"study");
    assert_eq!(read_json(later.as_bytes()).unwrap_err().code(), Code::NewerVersion);
    assert_eq!(read_json("{}".as_bytes()).unwrap_err().code(), Code::Encoding);
}

#[test]
fn an_object_of_the_first_version_is_read() {
    let table = table(vec![row(0, Some(1.0), 1.0, None, [0.5; 4])]);
    let mut out = Vec::new();
    write_json(&table, &mut out).unwrap();
    let written = String::from_utf8(out).unwrap();
    let first = written.replace("\"version\": 2,\n  \"study", "\"version\": 1,\n  \"study");
    assert_ne!(first, written);
    assert_eq!(read_json(first.as_bytes()).unwrap(), table);
}

#[test]
fn several_objectives_have_a_column_each() {
    let goal = |name: &str| Goal { name: name.to_owned(), direction: Direction::Minimize };
    let mut measured = row(2, Some(0.1), 1.0, None, [0.5, 0.0, 0.1, 0.0]);
    measured.further = vec![7.0, -0.5];
    let mut table = table(vec![measured, row(4, None, 2.0, None, [0.5, 0.0, 0.1, 0.0])]);
    table.goals = vec![goal("size"), goal("value")];
    let written = csv_of(&table);
    assert!(
        written.starts_with("trial,state,member,from,epochs,value,value.size,value.value,seconds,failure,param.lr,")
    );
    assert!(written.contains("\r\n2,completed,tpe,,27,0.1,7.0,-0.5,1.0,,0.5,"), "{written}");
    assert!(written.contains("\r\n4,failed,tpe,,27,,,,2.0,,0.5,"), "{written}");
    assert_eq!(read_csv(&space(), written.as_bytes()).unwrap(), table.rows);
    let mut out = Vec::new();
    write_json(&table, &mut out).unwrap();
    assert_eq!(read_json(out.as_slice()).unwrap(), table);
}

#[test]
fn the_table_of_a_study_has_its_trials() {
    let study = Study::new("s", space()).slots(3).trials(20).seed(1);
    let simulated = study.simulate(&Fails).unwrap();
    let table = TrialTable::of(simulated.state());
    assert_eq!(table.rows.len(), 20);
    assert!(table.rows.iter().any(|row| row.failure.as_deref() == Some("odd")));
    for (row, trial) in table.rows.iter().zip(simulated.state().trials()) {
        assert_eq!(
            (row.trial, row.state, row.value, &row.params),
            (trial.id, trial.state, trial.value(), &trial.params)
        );
        assert_eq!(row.member.as_deref(), Some("tpe"));
    }
}

struct Fails;

impl mabeam::Tabulated for Fails {
    fn look_up(&self, params: &Params, _: u32, _: u32) -> Result<mabeam::LookedUp, mabeam::TrialError> {
        match params.get("value") {
            Some(ParamValue::Bool(true)) => Err("odd".into()),
            _ => Ok(mabeam::LookedUp { value: params.float("lr")?, seconds: 2.0 }),
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<TrialRow>> {
    let value = prop::option::of(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO);
    let place = prop::array::uniform4(0.0_f64..1.0);
    let one = (value, 0.0_f64..1e9, prop::option::of("(?s).{1,12}"), place);
    prop::collection::vec(one, 0..6).prop_map(|rows| {
        let rows = rows.into_iter().zip(0..);
        rows.map(|((value, seconds, failure, place), trial)| row(trial, value, seconds, failure, place)).collect()
    })
}

proptest! {
    #[test]
    fn csv_is_read_back(rows in rows()) {
        let table = table(rows);
        prop_assert_eq!(read_csv(&space(), csv_of(&table).as_bytes()).unwrap(), table.rows);
    }

    #[test]
    fn json_is_read_back(rows in rows()) {
        let table = table(rows);
        let mut out = Vec::new();
        write_json(&table, &mut out).unwrap();
        prop_assert_eq!(read_json(out.as_slice()).unwrap(), table);
    }
}
