//! Configurations that fail again and again.

use super::config;
use crate::study::event::{Outcome, Reported, StudyEvent};
use crate::study::state::Decision;
use crate::study::{Asha, Params, SearchSpace, StudyConfig, StudyState};

fn described(max_failures: u32) -> StudyConfig {
    let space = SearchSpace::builder().choice("kind", ["a", "b", "c"]).build().unwrap();
    StudyConfig { space, max_failures, ..config(1, 10, Asha::single_rung(1)) }
}

fn kind(kind: &str) -> Params {
    Params::new().with("kind", kind)
}

/// Tries a configuration that the sampler proposes, or what stands in for it; answers what was tried.
fn attempt(state: &mut StudyState, proposed: &str, failure: Option<&str>) -> String {
    let Some(Decision::Start { trial, assigned, .. }) = state.decision() else { panic!("nothing starts") };
    let params = state.instead_of(trial, kind(proposed));
    let tried = params.choice("kind").unwrap().to_owned();
    state.apply(&Decision::started(assigned, Some(0), params)).unwrap();
    let outcome = match failure {
        Some(reason) => Outcome::Failed(reason.to_owned()),
        None => Outcome::Reached { value: 1.0, checkpoint: None, is_done: true, further: Vec::new() },
    };
    let reported = Reported { slot: 0, trial, rung: 0, outcome, repeated: 0, agent: 0, seconds: 0.0 };
    state.apply(&StudyEvent::Reported(reported)).unwrap();
    tried
}

#[test]
fn what_failed_twice_is_not_tried_again() {
    let mut state = StudyState::new(described(2));
    assert_eq!(attempt(&mut state, "a", Some("no memory")), "a");
    assert!(state.accept(&kind("a")) && state.quarantine().is_empty(), "once is no pattern");
    assert_eq!(attempt(&mut state, "b", None), "b");
    assert_eq!(attempt(&mut state, "a", Some("still no memory")), "a");
    assert!(state.is_quarantined(&kind("a")) && !state.is_quarantined(&kind("b")));
    let found = state.quarantine();
    assert_eq!((found.len(), found[0].params, found[0].trials), (1, &kind("a"), &[0, 2][..]));
    assert_eq!(found[0].reasons, ["no memory", "still no memory"]);
    for _ in 0..4 {
        let tried = attempt(&mut state, "a", None);
        assert_ne!(tried, "a", "something else is tried in its place");
    }
    assert_eq!(attempt(&mut state, "c", None), "c", "other proposals are tried as they are");
}

#[test]
fn the_same_is_tried_in_its_place_whenever_it_is_asked_for() {
    let mut state = StudyState::new(described(1));
    attempt(&mut state, "a", Some("no"));
    let drawn: Vec<Params> = (0..40).map(|trial| state.instead_of(trial, kind("a"))).collect();
    assert_eq!(drawn, (0..40).map(|trial| state.instead_of(trial, kind("a"))).collect::<Vec<_>>());
    assert!(drawn.contains(&kind("b")) && drawn.contains(&kind("c")) && !drawn.contains(&kind("a")));
}

#[test]
fn where_everything_is_in_quarantine_the_study_goes_on() {
    let mut state = StudyState::new(described(1));
    for proposed in ["a", "b", "c"] {
        attempt(&mut state, proposed, Some("no"));
    }
    assert_eq!(attempt(&mut state, "b", None), "b");
    assert_eq!(state.quarantine().len(), 3);
}

#[test]
fn a_description_without_patience_is_refused_and_the_usual_one_is_not_written() {
    assert!(described(0).check().unwrap_err().what().contains("`max_failures` is 0"));
    assert!(!serde_json::to_string(&described(2)).unwrap().contains("max_failures"));
    let written = serde_json::to_string(&described(5)).unwrap();
    assert_eq!(serde_json::from_str::<StudyConfig>(&written).unwrap().max_failures, 5);
    let differences = described(5).differences(&described(2));
    assert_eq!(differences, ["`max failures` was 5, is 2 now"]);
}
