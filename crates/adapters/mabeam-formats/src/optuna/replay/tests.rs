use foundation_core::Code;
use mabeam::Direction;
use proptest::prelude::*;

use super::{Journal, OptunaTrialState, read};

const STUDY: &str = r#"{"op_code":0,"study_name":"s","directions":[2]}"#;
const TRIAL: &str = r#"{"op_code":4,"study_id":0,"datetime_start":null}"#;
const PARAM: &str = concat!(
    r#"{"op_code":5,"trial_id":0,"param_name":"x","param_value_internal":0.5,"#,
    r#""distribution":"{\"name\":\"FloatDistribution\",\"attributes\":{\"low\":0.0,\"high\":1.0,\"log\":false}}"}"#
);
const DONE: &str = r#"{"op_code":6,"trial_id":0,"state":1,"values":[0.25]}"#;

fn replayed(lines: &[&str]) -> Journal {
    read(format!("{}\n", lines.join("\n")).as_bytes()).unwrap()
}

#[test]
fn a_trial_is_followed_to_its_end() {
    let journal =
        replayed(&[STUDY, TRIAL, PARAM, r#"{"op_code":7,"trial_id":0,"step":3,"intermediate_value":9}"#, DONE]);
    assert!(!journal.torn);
    let study = &journal.studies[0];
    assert_eq!((study.name.as_str(), study.directions.as_slice()), ("s", [Direction::Maximize].as_slice()));
    let trial = &study.trials[0];
    assert_eq!((trial.state, trial.values.as_slice(), trial.line), (OptunaTrialState::Complete, [0.25].as_slice(), 2));
    assert_eq!(trial.params["x"].1, 0.5);
    assert_eq!(trial.steps[&3], 9.0);
}

#[test]
fn nothing_changes_a_finished_trial() {
    let later = r#"{"op_code":6,"trial_id":0,"state":3,"values":null}"#;
    assert_eq!(replayed(&[STUDY, TRIAL, DONE, PARAM, later]), replayed(&[STUDY, TRIAL, DONE]));
}

#[test]
fn trials_are_counted_over_studies_and_a_deleted_study_is_gone() {
    let second = r#"{"op_code":0,"study_name":"t","directions":[1]}"#;
    let other = r#"{"op_code":4,"study_id":1,"datetime_start":null}"#;
    let done = r#"{"op_code":6,"trial_id":1,"state":1,"values":[7.0]}"#;
    let deleted = r#"{"op_code":1,"study_id":0}"#;
    // The trial of the deleted study keeps its number, what is told of it is ignored, and it gets no more trials.
    let journal = replayed(&[STUDY, second, TRIAL, other, deleted, TRIAL, PARAM, done]);
    assert_eq!(journal.studies.len(), 1);
    assert_eq!((journal.studies[0].name.as_str(), journal.studies[0].trials.len()), ("t", 1));
    assert_eq!(journal.studies[0].trials[0].values, [7.0]);
}

#[test]
fn a_last_line_without_an_end_is_left_out() {
    let whole = format!("{STUDY}\n{TRIAL}\n");
    for cut in 0..DONE.len() {
        let journal = read(format!("{whole}{}", &DONE[..cut]).as_bytes()).unwrap();
        assert_eq!(journal.torn, cut > 0, "{cut}");
        assert_eq!(journal.studies[0].trials[0].state, OptunaTrialState::Running);
    }
    assert_eq!(read(b"").unwrap(), Journal { studies: vec![], torn: false });
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (lines, code, named) in [
        (vec![STUDY, "{"], Code::Encoding, "line 2: EOF"),
        (vec![STUDY, "", "[1]"], Code::Encoding, "line 3: invalid"),
        (vec![STUDY, TRIAL, r#"{"op_code":11}"#], Code::NewerVersion, "line 3: operation 11 is not one of Optuna 5.0"),
        (vec![TRIAL], Code::Encoding, "line 1: study 0 does not exist"),
        (vec![STUDY, DONE], Code::Encoding, "line 2: trial 0 does not exist"),
        (vec![STUDY, TRIAL, r#"{"op_code":6,"trial_id":0}"#], Code::Encoding, "line 3: operation 6 lacks `state`"),
        (vec![STUDY, TRIAL, r#"{"op_code":6,"trial_id":0,"state":9}"#], Code::Encoding, "line 3: state 9 is not known"),
        (vec![r#"{"op_code":0,"study_name":"s","directions":[5]}"#], Code::Encoding, "line 1: direction 5"),
        (
            vec![
                STUDY,
                TRIAL,
                r#"{"op_code":5,"trial_id":0,"param_name":"x","param_value_internal":1,"distribution":"{}"}"#,
            ],
            Code::Encoding,
            "line 3: a distribution has no name",
        ),
    ] {
        let error = read(format!("{}\n", lines.join("\n")).as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.what().contains(named), "{named}: {error}");
    }
    let error = read(b"{\"op_code\":2}\n\xff\xfe\n").unwrap_err();
    assert!(error.what().contains("line 2: it is no UTF-8"), "{error}");
}

proptest! {
    #[test]
    fn no_lines_make_it_panic(lines in prop::collection::vec((0_usize..6, 0_u32..12, 0_usize..3, 0_u32..6), 0..30)) {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(kind, op, id, state)| match kind {
                0 => STUDY.replace("\"s\"", &format!("\"s{id}\"")),
                1 => TRIAL.replace("\"study_id\":0", &format!("\"study_id\":{id}")),
                2 => PARAM.replace("\"trial_id\":0", &format!("\"trial_id\":{id}")),
                3 => format!(r#"{{"op_code":6,"trial_id":{id},"state":{state},"values":[NaN]}}"#),
                4 => format!(r#"{{"op_code":1,"study_id":{id}}}"#),
                _ => format!(r#"{{"op_code":{op},"trial_id":{id}}}"#),
            })
            .collect();
        let _ = read(lines.join("\n").as_bytes());
    }
}
