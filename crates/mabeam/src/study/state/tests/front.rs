//! Several objectives: the trials that no other one beats.

use foundation_core::port::entropy::RandomStream;

use super::{config, decide};
use crate::study::config::{Direction, Goal};
use crate::study::event::{Outcome, Reported, StudyEvent};
use crate::study::{Asha, StudyConfig, StudyState, Trial, TrialState};

fn described(goals: &[(&str, Direction)], slots: u32, budget: u64) -> StudyConfig {
    let mut config = config(slots, budget, Asha::single_rung(1));
    config.goals =
        goals.iter().map(|(name, direction)| Goal { name: (*name).to_owned(), direction: *direction }).collect();
    config.check().unwrap();
    config
}

/// Runs a study whose trial `n` has the `n`-th of these values; reports come in the order of `random`.
fn run(config: StudyConfig, values: &[(f64, Vec<f64>)], order: u64) -> StudyState {
    let mut random = RandomStream::new(order, 0);
    let mut state = StudyState::new(config);
    decide(&mut state);
    while !state.is_finished() {
        let open: Vec<usize> = (0..state.slots().len()).filter(|&s| state.slots()[s].open_job().is_some()).collect();
        let slot = open[random.below(open.len() as u32) as usize];
        let trial = state.slots()[slot].open_job().unwrap().trial;
        let (value, further) = values[trial as usize].clone();
        let outcome = Outcome::Reached { value, checkpoint: None, is_done: true, further };
        let reported = Reported { slot: slot as u32, trial, rung: 0, outcome, repeated: 0, agent: 0, seconds: 0.0 };
        state.apply(&StudyEvent::Reported(reported)).unwrap();
        decide(&mut state);
    }
    state
}

fn front(state: &StudyState) -> Vec<u64> {
    state.front().iter().map(|trial| trial.id).collect()
}

#[test]
fn the_front_has_whom_nobody_beats() {
    let values = [(0.5, 10.0), (0.9, 30.0), (0.6, 9.0), (0.9, 31.0), (0.6, 9.0), (0.2, 40.0), (0.1, 1.0)];
    let values: Vec<(f64, Vec<f64>)> = values.iter().map(|(value, size)| (*value, vec![*size])).collect();
    let state = run(described(&[("size", Direction::Minimize)], 2, 7), &values, 0);
    assert_eq!(front(&state), [1, 2, 6], "of the equal trials 2 and 4 the first one stands for both");
    assert_eq!(state.best().unwrap().id, 1, "the best is that of the first objective");
}

#[test]
fn with_one_objective_the_front_is_the_best_trial() {
    let values: Vec<(f64, Vec<f64>)> = [0.5, 0.9, 0.9, 0.1].iter().map(|value| (*value, Vec::new())).collect();
    assert_eq!(front(&run(described(&[], 2, 4), &values, 0)), [1]);
    assert!(StudyState::new(described(&[], 1, 4)).front().is_empty());
}

/// What is kept as trials come is what comparing all with all finds, in whatever order they are reported.
#[test]
fn the_front_is_that_of_comparing_all_with_all() {
    for seed in 0..60 {
        let mut random = RandomStream::new(seed, 0);
        let mut draw = || f64::from(random.below(6));
        let values: Vec<(f64, Vec<f64>)> = (0..40).map(|_| (draw(), vec![draw(), draw()])).collect();
        let config = described(&[("one", Direction::Maximize), ("two", Direction::Minimize)], 4, 40);
        let state = run(config.clone(), &values, seed);
        let point = |trial: &Trial| {
            let (value, further) = &values[trial.id as usize];
            [*value, further[0], -further[1]]
        };
        let beats = |one: [f64; 3], two: [f64; 3]| {
            one.iter().zip(&two).all(|(one, two)| one >= two) && one.iter().zip(&two).any(|(one, two)| one > two)
        };
        let trials = state.trials();
        let expected: Vec<u64> = trials
            .iter()
            .filter(|trial| !trials.iter().any(|other| beats(point(other), point(trial))))
            .filter(|trial| !trials[..trial.id as usize].iter().any(|other| point(other) == point(trial)))
            .map(|trial| trial.id)
            .collect();
        assert_eq!(front(&state), expected, "seed {seed}");
        assert_eq!(front(&run(config, &values, seed + 1_000)), expected, "seed {seed}, another order");
        assert_eq!(state.count(TrialState::Completed), 40);
        let known = state.history().observations().map(|o| o.further.clone());
        let turned: Vec<Vec<f64>> = values.iter().map(|(_, further)| vec![further[0], -further[1]]).collect();
        assert_eq!(known.collect::<Vec<_>>(), turned, "samplers see them turned so that larger is better");
    }
}

#[test]
fn several_objectives_have_one_rung_and_names_of_their_own() {
    let mut many = config(1, 100, Asha::default());
    many.goals = vec![Goal { name: "size".to_owned(), direction: Direction::Minimize }];
    assert!(many.check().unwrap_err().what().contains("2 objectives and 4 rungs"));
    let mut twice = described(&[("size", Direction::Minimize)], 1, 10);
    twice.goals.push(twice.goals[0].clone());
    assert!(twice.check().unwrap_err().what().contains("`size`"));
}
