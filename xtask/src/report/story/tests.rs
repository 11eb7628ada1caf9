use std::time::Duration;

use foundation_core::port::clock::{Monotonic, WallTime};
use mabeam::{Evaluated, StudyEvent, TrialState};

use super::{End, Story};
use crate::report::simulation::Course;

/// What a picture of the values rests on.
fn values(story: &Story) -> Vec<(u64, usize, u64, u64, bool)> {
    let values = story.values();
    values.iter().map(|at| (at.trial.id, at.rung, at.value.to_bits(), at.spent, at.is_final)).collect()
}

#[test]
fn the_values_are_the_same_in_whatever_order_agents_report() {
    let mut course = Course::usual();
    course.config.slots = 3;
    course.fails = Some((7, "no"));
    let expected = values(&Story::read(&course.log()).unwrap());
    assert!(expected.len() > 50);
    for order in 1..8 {
        course.order = order;
        course.dies_after = vec![order as usize * 5];
        assert_eq!(values(&Story::read(&course.log()).unwrap()), expected, "order {order}");
    }
}

#[test]
fn the_values_are_those_of_the_trials_and_all_epochs_are_counted() {
    let mut course = Course::usual();
    course.fails = Some((7, "no"));
    let story = Story::read(&course.log()).unwrap();
    let values = story.values();
    let reached: usize = story.state.trials().iter().map(|trial| trial.rungs.len()).sum();
    assert_eq!(values.len(), reached);
    assert!(values.windows(2).all(|pair| pair[0].spent < pair[1].spent));
    assert!(values.last().unwrap().spent <= story.state.epochs().spent);
    let finals = values.iter().filter(|at| at.is_final).count();
    assert_eq!(finals, story.state.count(TrialState::Completed));
    assert_eq!((story.common_rung(), story.highest_rung()), (Some(0), Some(3)));
}

#[test]
fn the_pieces_of_a_slot_follow_each_other() {
    let mut course = Course::usual();
    (course.config.slots, course.order, course.dies_after) = (4, 3, vec![10, 30]);
    let story = Story::read(&course.log()).unwrap();
    for slot in 0..4 {
        let pieces: Vec<_> = story.pieces.iter().filter(|piece| piece.slot == slot).collect();
        assert!(pieces.len() > 5);
        assert!(pieces.windows(2).all(|pair| pair[0].until() <= pair[1].at));
        assert!(pieces.iter().all(|piece| piece.end != End::Open));
    }
    let cut_off: u64 = story.pieces.iter().map(|piece| piece.cut_off).sum();
    assert!(cut_off >= 2, "{cut_off}");
}

#[test]
fn only_the_time_of_runs_counts() {
    let mut course = Course::usual();
    course.config.budget = 60;
    course.config.schedule = mabeam::Asha { reserve: 0, ..mabeam::Asha::default() }.into();
    let pieces = Story::read(&course.log()).unwrap().pieces.len();
    // A piece takes 0.13 s; what passes between the last report of a run and its death is unknown.
    let whole = Duration::from_secs_f64(0.13 * pieces as f64);
    let near = |story: &Story| story.times.running.abs_diff(whole) < Duration::from_micros(1);
    assert!(near(&Story::read(&course.log()).unwrap()));
    course.dies_after = vec![3, 9];
    let mut log = course.log();
    let story = Story::read(&log).unwrap();
    assert!(near(&story), "{:?}", story.times);
    assert!(story.times.last.0 - story.times.begun.0 > 1_200_000_000_000, "the ten minutes twice are in between");
    assert_eq!(story.state.restarts(), 2);

    // Computed by another program a day later.
    let mut event = log.last().unwrap().0.clone();
    event.wall = WallTime(event.wall.0 + 86_400_000_000_000);
    event.monotonic = Monotonic(u64::MAX);
    log.push((event, StudyEvent::Evaluated(Evaluated { label: "test".to_owned(), value: 0.9, params: None })));
    let later = Story::read(&log).unwrap();
    assert_eq!(later.times, story.times);
    assert_eq!(later.events, story.events + 1);
}
