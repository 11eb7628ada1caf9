use super::*;

fn told(trial: u64) -> Told {
    Told { trial, rows: Some(300 + trial as u32) }
}

fn all() -> Vec<Told> {
    (0..5).map(told).collect()
}

#[test]
fn a_study_that_lost_nothing_is_whole() {
    let counted = tally(5, &[told(1), told(3)], &all());
    assert_eq!(counted, Tally { told: 5, ..Tally::default() });
    assert!(counted.is_whole());
}

/// A planted loss: trial 3 had been acknowledged, and the log has nothing of it.
#[test]
fn a_trial_that_was_acknowledged_and_is_gone_is_lost() {
    let ends: Vec<Told> = all().into_iter().filter(|end| end.trial != 3).collect();
    let counted = tally(5, &[told(1), told(3), told(3)], &ends);
    assert_eq!(counted, Tally { told: 4, missing: 1, lost: 1, ..Tally::default() });
    assert!(!counted.is_whole());
}

/// A planted change: measured again after a kill, with another value than the one that was acknowledged.
#[test]
fn a_trial_that_was_acknowledged_otherwise_is_lost() {
    let acknowledged = Told { trial: 2, rows: Some(1) };
    let counted = tally(5, &[acknowledged], &all());
    assert_eq!(counted, Tally { told: 5, lost: 1, ..Tally::default() });
}

#[test]
fn a_trial_that_is_told_twice_and_one_that_nobody_asked_for_are_too_many() {
    let ends: Vec<Told> = all().into_iter().chain([told(4), told(9)]).collect();
    assert_eq!(tally(5, &[], &ends), Tally { told: 5, too_many: 2, ..Tally::default() });
}

#[test]
fn a_failure_is_an_end_without_a_value() {
    let mut ends = all();
    ends[0].rows = None;
    let counted = tally(5, &[], &ends);
    assert_eq!(counted, Tally { told: 5, failed: 1, ..Tally::default() });
    assert!(!counted.is_whole());
}
