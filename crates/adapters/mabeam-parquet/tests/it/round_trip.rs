//! What is written is read back.

use mabeam::{Direction, Goal, TrialRow, TrialState, TrialTable};
use proptest::prelude::*;

use crate::reading::read;
use crate::tables::{bits, params, row, table, written};

fn came_back(table: &TrialTable) {
    let back = read(written(table));
    assert_eq!((&back.study, back.direction), (&table.study, table.direction));
    assert_eq!((&back.goals, &back.space), (&table.goals, &table.space));
    assert_eq!(back.rows.iter().map(bits).collect::<Vec<_>>(), table.rows.iter().map(bits).collect::<Vec<_>>());
}

#[test]
fn a_study_without_trials_is_a_table_without_rows() {
    came_back(&table(vec![]));
    let goals = vec![Goal { name: "size".to_owned(), direction: Direction::Minimize }];
    came_back(&TrialTable { goals, ..table(vec![]) });
}

#[test]
fn every_type_comes_back_with_and_without_a_value() {
    let known = TrialRow { member: None, from: Some("trial 3 of study `x`".to_owned()), ..row(1) };
    let adam = TrialRow { params: params([1.0; 8]), ..row(2) };
    assert_eq!((adam.params.len(), row(0).params.len()), (4, 8), "four parameters have a condition");
    let failed = TrialRow { state: TrialState::Failed, value: None, failure: Some("exit 1\n\0'".to_owned()), ..row(3) };
    came_back(&table(vec![row(0), known, adam, failed]));
}

#[test]
fn a_column_may_be_empty_from_top_to_bottom() {
    let none = TrialRow { member: None, value: None, params: params([1.0; 8]), ..row(0) };
    came_back(&table(vec![none.clone(), TrialRow { trial: 1, ..none }]));
}

#[test]
fn an_empty_text_is_a_text() {
    came_back(&table(vec![TrialRow { member: Some(String::new()), failure: Some(String::new()), ..row(0) }]));
}

#[test]
fn values_that_are_no_numbers_or_lie_at_the_ends_come_back() {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE / 8.0, f64::MAX];
    let rows = values.into_iter().zip(0..);
    let mut rows: Vec<TrialRow> = rows.map(|(value, trial)| TrialRow { value: Some(value), ..row(trial) }).collect();
    rows.push(TrialRow { epochs: u32::MAX, ..row(i64::MAX as u64) });
    came_back(&table(rows));
}

#[test]
fn several_objectives_come_back_and_a_trial_may_have_no_value_in_any() {
    let measured = TrialRow { further: vec![3.0, f64::NAN, -0.0], ..row(0) };
    let failed = TrialRow { state: TrialState::Failed, value: None, ..row(1) };
    let known = TrialRow { from: Some("elsewhere".to_owned()), ..row(2) };
    came_back(&table(vec![measured, failed, known]));
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of("(?s).{0,12}")
}

/// Trials of any study of [`space`](crate::tables::space) with up to three further objectives.
fn rows() -> impl Strategy<Value = Vec<TrialRow>> {
    let one = (
        (0..TrialState::ALL.len(), text(), text(), text(), any::<u32>()),
        (prop::option::of(any::<f64>()), prop::collection::vec(any::<f64>(), 3), any::<bool>(), any::<f64>()),
        prop::array::uniform8(0.0_f64..=1.0),
    );
    (0..4_usize, prop::collection::vec(one, 0..40)).prop_map(|(goals, rows)| {
        let rows = rows.into_iter().zip(0_u64..);
        rows.map(|((own, values, places), number)| {
            let (state, member, from, failure, epochs) = own;
            let (value, mut further, is_measured, seconds) = values;
            further.truncate(if is_measured { goals } else { 0 });
            let (trial, state) = (number * 0x0100_0001, TrialState::ALL[state]);
            TrialRow { trial, state, member, from, epochs, value, further, seconds, failure, params: params(places) }
        })
        .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_study_comes_back(rows in rows()) {
        came_back(&table(rows));
    }

    #[test]
    fn equal_tables_give_equal_bytes(rows in rows()) {
        prop_assert_eq!(written(&table(rows.clone())), written(&table(rows)));
    }
}
