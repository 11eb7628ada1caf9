use std::collections::BTreeMap;

use foundation_core::Code;
use mabeam::{Direction, Domain, Known};
use serde_json::json;

use super::super::distribution::Distribution;
use super::super::replay::{OptunaStudy, OptunaTrial, OptunaTrialState};
use super::{bring, own_name};

fn float() -> Distribution {
    Distribution::Float { low: 0.0, high: 1.0, log: false, step: None }
}

fn choice() -> Distribution {
    Distribution::Categorical(vec![json!("a"), json!("b"), json!("c")])
}

/// A trial's state, its values and its parameters.
type Told = (OptunaTrialState, Vec<f64>, Vec<(&'static str, Distribution, f64)>);

fn study(trials: Vec<Told>) -> OptunaStudy {
    let trials = trials.into_iter().enumerate().map(|(at, (state, values, params))| OptunaTrial {
        number: at as u64,
        state,
        values,
        params: params.into_iter().map(|(name, kind, value)| (name.to_owned(), (kind, value))).collect(),
        steps: BTreeMap::from([(0, 8.0), (5, 4.0)]),
        line: 10 * (at + 1),
    });
    OptunaStudy { name: "a study".to_owned(), directions: vec![Direction::Minimize], trials: trials.collect() }
}

use OptunaTrialState::{Complete, Fail, Pruned, Running, Waiting};

#[test]
fn finished_trials_are_known_and_others_left_out() {
    let x = |value| vec![("x", float(), value)];
    let brought = bring(&study(vec![
        (Complete, vec![1.5], x(0.1)),
        (Pruned, vec![], x(0.2)),
        (Fail, vec![], x(0.3)),
        (Running, vec![], x(0.4)),
        (Waiting, vec![], vec![]),
        (Complete, vec![f64::INFINITY], x(0.5)),
        (Fail, vec![], vec![]),
    ]))
    .unwrap();
    assert_eq!((brought.name.as_str(), brought.direction), ("a-study", Direction::Minimize));
    let known: Vec<&Known> = brought.trials.iter().map(|trial| &trial.known).collect();
    assert_eq!(*known[0], Known::Value(1.5));
    // The last value that it reported.
    assert_eq!(*known[1], Known::Stopped(4.0));
    assert!(matches!(known[2], Known::Failed(why) if why == "failed in Optuna"));
    assert!(matches!(known[3], Known::Failed(why) if why.contains("inf")));
    assert_eq!(known.len(), 4);
    assert_eq!(brought.trials[3].from, "trial 5 of Optuna's study `a study`");
    assert_eq!(brought.notes.len(), 2, "{:?}", brought.notes);
    assert!(brought.notes[0].starts_with("2 trials that were not finished"), "{:?}", brought.notes);
    assert!(brought.notes[1].starts_with("1 trials that ended before"), "{:?}", brought.notes);
}

#[test]
fn a_choice_that_decides_about_a_parameter_is_found() {
    let trial = |kind: f64, extra: bool| {
        let mut params = vec![("kind", choice(), kind), ("x", float(), 0.5)];
        if extra {
            params.push(("rate", float(), 0.25));
        }
        (Complete, vec![1.0], params)
    };
    let brought = bring(&study(vec![trial(0.0, true), trial(1.0, false), trial(2.0, true)])).unwrap();
    let rate = brought.space.parameters().iter().find(|parameter| parameter.name() == "rate").unwrap();
    assert_eq!(rate.condition().unwrap().to_string(), "kind is a or c");
    assert_eq!(brought.notes, ["parameter `rate` is taken to be there only where kind is a or c"]);
    assert_eq!(brought.trials.len(), 3);

    let error = bring(&study(vec![trial(0.0, true), trial(0.0, false)])).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy);
    assert!(error.what().contains("`rate` is missing in trial 1 (line 20)"), "{error}");
}

#[test]
fn parameters_that_are_always_there_together_do_not_depend_on_each_other() {
    let trial = |kind: f64, extra: bool| {
        let mut params = vec![("kind", choice(), kind)];
        if extra {
            params.extend([("m", choice(), 0.0), ("n", choice(), 1.0)]);
        }
        (Complete, vec![1.0], params)
    };
    let brought = bring(&study(vec![trial(0.0, true), trial(1.0, false)])).unwrap();
    for name in ["m", "n"] {
        let found = brought.space.parameters().iter().find(|parameter| parameter.name() == name).unwrap();
        assert_eq!(found.condition().unwrap().parameter(), "kind");
    }
}

#[test]
fn a_range_that_moved_is_as_wide_as_it_ever_was() {
    let at = |low, high, value| {
        (Complete, vec![1.0], vec![("x", Distribution::Float { low, high, log: false, step: None }, value)])
    };
    let brought = bring(&study(vec![at(0.0, 1.0, 0.5), at(0.5, 3.0, 2.5)])).unwrap();
    assert_eq!(*brought.space.parameters()[0].domain(), Domain::Float { low: 0.0, high: 3.0, log: false, step: None });
    let mixed = study(vec![at(0.0, 1.0, 0.5), (Complete, vec![1.0], vec![("x", choice(), 0.0)])]);
    let error = bring(&mixed).unwrap_err();
    assert!(error.what().contains("`x` of trial 1 (line 20)"), "{error}");
}

#[test]
fn what_cannot_be_brought_is_told() {
    let mut two = study(vec![(Complete, vec![1.0, 2.0], vec![("x", float(), 0.5)])]);
    two.directions.push(Direction::Maximize);
    for (study, named) in [
        (two, "has 2 objectives"),
        (study(vec![(Fail, vec![], vec![("x", float(), 0.5)])]), "none of its trials is completed"),
        (study(vec![(Complete, vec![1.0], vec![("x", float(), 7.0)])]), "trial 0 (line 10): parameter `x` is 7"),
    ] {
        let error = bring(&study).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().contains(named), "{error}");
    }
}

#[test]
fn a_name_becomes_one_of_ours() {
    assert_eq!(own_name("my study/2.1"), "my-study-2-1");
    assert_eq!(own_name(""), "optuna");
    assert_eq!(own_name(&"ä".repeat(100)), "-".repeat(64));
}
