//! The journal in `tests/journals`, which Optuna 5.0 wrote (`make.py` beside it), and what becomes of it.

use mabeam::{Direction, Domain, Known, ParamValue, Study};
use mabeam_formats::optuna::{self, OptunaStudy};

const JOURNAL: &[u8] = include_bytes!("../journals/studies.log");

fn study(name: &str) -> OptunaStudy {
    let journal = optuna::read(JOURNAL).unwrap();
    assert!(!journal.torn);
    journal.studies.into_iter().find(|study| study.name == name).unwrap()
}

#[test]
fn a_journal_holds_several_studies_without_those_that_were_deleted() {
    let names: Vec<String> = optuna::read(JOURNAL).unwrap().studies.into_iter().map(|study| study.name).collect();
    assert_eq!(names, ["tuned net", "maximised", "both"]);
}

#[test]
fn every_kind_of_distribution_becomes_a_parameter() {
    let brought = optuna::bring(&study("tuned net")).unwrap();
    assert_eq!((brought.name.as_str(), brought.direction), ("tuned-net", Direction::Minimize));
    let domain = |name: &str| {
        let found = brought.space.parameters().iter().find(|parameter| parameter.name() == name);
        found.map(|parameter| parameter.domain().clone())
    };
    assert_eq!(domain("rate"), Some(Domain::Float { low: 1e-4, high: 1e-1, log: true, step: None }));
    assert_eq!(domain("units"), Some(Domain::Int { low: 16, high: 256, log: true, step: None }));
    assert_eq!(domain("layers"), Some(Domain::Int { low: 1, high: 9, log: false, step: Some(2) }));
    assert_eq!(domain("dropout"), Some(Domain::Float { low: 0.0, high: 0.5, log: false, step: Some(0.1) }));
    let options = ["sgd", "null", "3", "1.5", "\"3\""].map(str::to_owned).to_vec();
    assert_eq!(domain("kind"), Some(Domain::Choice { options }));
    assert_eq!(domain("nesterov"), Some(Domain::Bool));
    assert_eq!(domain("device"), None, "it had one value");
    let momentum = brought.space.parameters().iter().find(|parameter| parameter.name() == "momentum").unwrap();
    assert_eq!(momentum.condition().unwrap().to_string(), "kind is sgd");
}

#[test]
fn trials_that_were_completed_pruned_and_failed_are_known() {
    let brought = optuna::bring(&study("tuned net")).unwrap();
    assert_eq!(brought.trials.len(), 12);
    // The values are those that Optuna's own `load_study` shows.
    assert_eq!(brought.trials[0].known, Known::Value(3.0004634250583293));
    let params = &brought.trials[0].params;
    assert_eq!(params.get("kind"), Some(&ParamValue::Choice("3".to_owned())));
    assert_eq!((params.int("units").unwrap(), params.int("layers").unwrap()), (178, 3));
    assert_eq!((params.float("dropout").unwrap(), params.get("nesterov")), (0.5, Some(&ParamValue::Bool(true))));
    assert!(matches!(brought.trials[2].known, Known::Failed(_)));
    assert_eq!(brought.trials[4].known, Known::Stopped(8.200101541280912));
    assert_eq!(brought.trials[4].params.float("momentum").unwrap(), 0.24873266057364216);
    // 0.30000000000000004 is the number that 0.1, taken three times, means.
    assert_eq!(brought.trials[5].params.float("dropout").unwrap(), 0.3);
    assert!(
        brought.notes.iter().any(|note| note.starts_with("1 trials that were not finished")),
        "{:?}",
        brought.notes
    );
}

#[test]
fn a_study_begins_with_what_was_brought() {
    let brought = optuna::bring(&study("maximised")).unwrap();
    assert_eq!(brought.direction, Direction::Maximize);
    assert!(matches!(&brought.trials[1].known, Known::Failed(why) if why.contains("inf")));
    let study = Study::new(brought.name, brought.space).warm_start(brought.trials).slots(1).trials(5);
    let simulated = study.simulate(&Falling).unwrap();
    let state = simulated.state();
    assert_eq!(state.trials().len(), 4 + 5);
    // What the study measures itself is below; the best is the one that Optuna knew.
    assert_eq!((state.best().unwrap().id, state.best().unwrap().value()), (2, Some(3.0)));
}

struct Falling;

impl mabeam::Tabulated for Falling {
    fn look_up(&self, params: &mabeam::Params, _: u32, _: u32) -> Result<mabeam::LookedUp, mabeam::TrialError> {
        Ok(mabeam::LookedUp { value: -params.float("x")?, seconds: 1.0 })
    }
}

#[test]
fn several_objectives_are_refused_by_name() {
    let error = optuna::bring(&study("both")).unwrap_err();
    assert!(error.what().contains("`both`: it has 2 objectives"), "{error}");
}
