use super::*;

fn reached(value: f64, is_done: bool) -> Option<Outcome> {
    Some(Outcome::Reached { value, checkpoint: None, is_done, further: Vec::new() })
}

#[test]
fn a_rung_takes_the_first_value_at_it_or_beyond() {
    let mut ahead = Ahead::default();
    assert_eq!(ahead.outcome(1, false), None);
    for (step, value) in [(2, 0.2), (4, 0.4), (4, 0.9), (3, 0.9), (5, 0.5), (9, 0.6), (10, 0.7)] {
        ahead.note(step, value, &[1, 3, 9, 27]);
    }
    assert_eq!(
        ahead.values(),
        [(2, 0.2), (4, 0.4), (9, 0.6)],
        "what is told again, and what no rung asks for, is not taken in"
    );
    assert_eq!(ahead.outcome(1, false), reached(0.2, false));
    assert_eq!(ahead.outcome(3, false), reached(0.4, false));
    assert_eq!(ahead.outcome(9, false), reached(0.6, false));
    assert_eq!(ahead.outcome(10, false), None);
    ahead.reached(4);
    assert_eq!(ahead.values(), [(9, 0.6)]);
}

#[test]
fn the_last_rung_is_reached_by_the_answer_alone() {
    let values = [(27, 0.5)];
    assert_eq!(outcome(&values, None, 27, true), None);
    assert_eq!(outcome(&values, Some(&Answer::Value(0.6)), 27, true), reached(0.6, true));
}

#[test]
fn an_answer_ends_the_trial_where_its_values_end() {
    let values = [(1, 0.1), (3, 0.3)];
    let answer = Answer::Value(0.4);
    assert_eq!(outcome(&values, Some(&answer), 3, false), reached(0.3, false));
    assert_eq!(outcome(&values, Some(&answer), 9, false), reached(0.4, true));
    let failed = Answer::Failed("out of memory".to_owned());
    assert_eq!(outcome(&values, Some(&failed), 9, false), Some(Outcome::Failed("out of memory".to_owned())));
}

/// What no rung can take is not kept; so a worker that reports every batch costs no more than its rungs, and each rung
/// has the value that it would have had if the study had decided at once.
#[test]
fn a_worker_that_reports_without_end_costs_bounded_memory_and_no_value() {
    let rungs = [1, 3, 9, 60_000, 90_000];
    for stride in [1, 2, 7, 50_000] {
        let (mut ahead, mut all) = (Ahead::default(), Vec::new());
        for step in (1..=100_000).step_by(stride) {
            ahead.note(step, f64::from(step), &rungs);
            all.push((step, f64::from(step)));
        }
        assert!(ahead.values().len() <= rungs.len(), "{:?}", ahead.values());
        for rung in rungs {
            assert_eq!(ahead.outcome(rung, false), outcome(&all, None, rung, false), "stride {stride}, rung {rung}");
            ahead.reached(rung);
        }
        assert!(!ahead.has_heard_nothing());
    }
}

#[test]
fn answers_are_the_same_bit_for_bit() {
    assert!(Answer::Value(0.1).is_same(&Answer::Value(0.1)));
    assert!(!Answer::Value(0.0).is_same(&Answer::Value(-0.0)));
    assert!(!Answer::Value(0.1).is_same(&Answer::Failed("0.1".to_owned())));
    let values = |values: &[f64]| Answer::Values(values.to_vec());
    assert!(values(&[0.1, 0.2]).is_same(&values(&[0.1, 0.2])));
    assert!(!values(&[0.1, 0.0]).is_same(&values(&[0.1, -0.0])));
    assert!(!values(&[0.1]).is_same(&values(&[0.1, 0.2])));
    assert!(Answer::Failed("x".to_owned()).is_same(&Answer::Failed("x".to_owned())));
}
