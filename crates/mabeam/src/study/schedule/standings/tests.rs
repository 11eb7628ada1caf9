use super::{Arrival, Choice, Passage, Standings};
use crate::study::schedule::{Asha, Halving, Hyperband, MedianStopping, Schedule};

/// A trial of bracket 0 climbs rung by rung through `values`, as far as it may.
fn climb(standings: &mut Standings, schedule: &Schedule, trial: u64, values: &[f64]) -> (usize, Passage) {
    standings.start(schedule, 0);
    let values: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    for rung in 0..values.len() {
        let arrival = Arrival { trial, bracket: 0, rung, values: &values[..=rung], is_done: false };
        match standings.reach(schedule, arrival) {
            Passage::GoesOn => standings.go_on(0, rung, trial, values[rung].1),
            ended => return (rung, ended),
        }
    }
    (values.len() - 1, Passage::GoesOn)
}

#[test]
fn the_median_of_completed_trials_decides_rung_by_rung() {
    let rungs = vec![1, 2, 3];
    let schedule: Schedule = MedianStopping { rungs, grace: 1, least_completed: 3, reserve: 0 }.into();
    let mut standings = Standings::new(&schedule);
    for (trial, values) in [[0.2, 0.4, 0.6], [0.3, 0.5, 0.7], [0.1, 0.9, 0.8]].iter().enumerate() {
        assert_eq!(climb(&mut standings, &schedule, trial as u64, values), (2, Passage::Ends));
    }
    // The running averages are 0.2, 0.3, 0.1 on the first rung and 0.3, 0.4, 0.5 on the second.
    assert_eq!(climb(&mut standings, &schedule, 3, &[0.19, 1.0, 1.0]), (0, Passage::Stops));
    assert_eq!(climb(&mut standings, &schedule, 4, &[0.2, 0.39, 1.0]), (1, Passage::Stops));
    assert_eq!(climb(&mut standings, &schedule, 5, &[0.41, 0.0, 0.0]), (2, Passage::Ends), "its best value counts");
    // Those that were stopped are not among the completed: the median on the first rung is that of 0.1, 0.2, 0.3, 0.41.
    assert_eq!(climb(&mut standings, &schedule, 6, &[0.249, 1.0, 1.0]), (0, Passage::Stops));
    assert_eq!(climb(&mut standings, &schedule, 7, &[0.25, 1.0, 1.0]), (2, Passage::Ends));
}

#[test]
fn under_median_stopping_nothing_starts_into_the_reserve() {
    let schedule: Schedule = MedianStopping::every(1, 5).into();
    let standings = Standings::new(&schedule);
    assert_eq!(standings.choose(&schedule, None, 5, true), Choice::Start);
    assert_eq!(standings.choose(&schedule, None, 4, true), Choice::Nothing);
    assert_eq!(standings.choose(&schedule, None, 5, false), Choice::Nothing);
    assert_eq!(standings.choose(&schedule, Some((3, 1)), 1, true), Choice::Promote { trial: 3, from_rung: 1 });
    assert_eq!(standings.choose(&schedule, Some((3, 1)), 0, true), Choice::Nothing);
}

#[test]
fn a_trial_that_cannot_wait_is_compared_with_its_bracket_alone() {
    let ladder = Asha { rungs: vec![1, 3, 9], halving: Halving::Stopping, reserve: 0, ..Asha::default() };
    let schedule: Schedule = Hyperband { ladder, brackets: 2 }.into();
    let mut standings = Standings::new(&schedule);
    let mut arrive = |trial: u64, bracket: u32, value: f64| {
        standings.start(&schedule, bracket);
        let values = [(1, value)];
        standings.reach(&schedule, Arrival { trial, bracket, rung: 1, values: &values, is_done: false })
    };
    assert_eq!(arrive(0, 0, 0.9), Passage::GoesOn);
    assert_eq!(arrive(1, 1, 0.1), Passage::GoesOn, "the first of its bracket");
    assert_eq!(arrive(2, 0, 0.5), Passage::Stops);
    assert_eq!(arrive(3, 1, 0.2), Passage::GoesOn, "the best of its bracket");
}

#[test]
fn a_trial_that_is_done_early_is_completed() {
    for schedule in [Schedule::from(Asha::default()), Hyperband::default().into(), MedianStopping::default().into()] {
        let mut standings = Standings::new(&schedule);
        standings.start(&schedule, 0);
        let arrival = Arrival { trial: 0, bracket: 0, rung: 0, values: &[(0, 0.5)], is_done: true };
        assert_eq!(standings.reach(&schedule, arrival), Passage::Ends, "{schedule}");
    }
}
