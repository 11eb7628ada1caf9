use crate::study::{Direction, Outcome, Reported, SearchSpace, StudyConfig, StudyEvent};

use super::*;

fn config(goals: bool) -> StudyConfig {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let mut config = StudyConfig { slots: 1, ..StudyConfig::new("s", space) };
    if goals {
        config.goals = vec![crate::study::Goal { name: "size".to_owned(), direction: Direction::Minimize }];
    }
    config
}

/// A study of one slot whose trials were told these values.
fn study(told: &[&[f64]]) -> StudyState {
    let mut state = StudyState::new(config(told[0].len() > 1));
    for (trial, values) in told.iter().enumerate() {
        let trial = trial as u64;
        state
            .apply(&StudyEvent::Assigned(crate::study::Assigned {
                slot: 0,
                at: trial,
                trial,
                params: Some([("x", 0.5.into())].into_iter().collect()),
                member: Some(0),
                bracket: 0,
                parent: None,
                rung: 0,
                from_epoch: 0,
                to_epoch: 1,
            }))
            .unwrap();
        let outcome =
            Outcome::Reached { value: values[0], checkpoint: None, is_done: true, further: values[1..].to_vec() };
        let reported = Reported { slot: 0, trial, rung: 0, outcome, repeated: 0, agent: 0, seconds: 0.0 };
        state.apply(&StudyEvent::Reported(reported)).unwrap();
    }
    state
}

#[test]
fn a_page_has_the_trials_of_its_numbers_and_the_counts_are_of_all() {
    let state = study(&[&[0.1], &[0.9], &[0.3]]);
    let numbers = |page: Range<usize>| state.summary(page).trials.iter().map(|(t, _)| t.id).collect::<Vec<_>>();
    assert_eq!(numbers(0..2), [0, 1]);
    assert_eq!(numbers(1..usize::MAX), [1, 2]);
    assert_eq!(numbers(3..9), [0; 0]);
    assert_eq!(numbers(7..9), [0; 0]);
    #[expect(clippy::reversed_empty_ranges, reason = "what a client may ask for")]
    let backwards = numbers(2..1);
    assert_eq!(backwards, [0; 0]);
    let summary = state.summary(2..3);
    assert_eq!((summary.n_trials, summary.count(TrialState::Completed), summary.n_front), (3, 3, 1));
    assert_eq!(summary.best.map(|trial| trial.id), Some(1));
    assert_eq!(state.summary(0..3).trials.iter().map(|(_, front)| *front).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn with_several_objectives_a_trial_says_whether_no_other_beats_it() {
    // The second value is the better the smaller.
    let state = study(&[&[1.0, 5.0], &[0.5, 6.0], &[0.5, 1.0]]);
    let summary = state.summary(0..9);
    assert_eq!(summary.trials.iter().map(|(_, front)| *front).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(summary.n_front, 2);
}
