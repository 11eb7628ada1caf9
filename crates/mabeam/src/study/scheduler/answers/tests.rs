use super::*;
use crate::study::{Direction, Goal, SearchSpace};

fn config(goals: &[&str]) -> StudyConfig {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).int("n", 1, 4).build().unwrap();
    let goals = goals.iter().map(|name| Goal { name: (*name).to_owned(), direction: Direction::Minimize }).collect();
    StudyConfig { goals, ..StudyConfig::new("s", space) }
}

#[test]
fn an_answer_has_one_value_for_each_objective() {
    let (one, two) = (config(&[]), config(&["size"]));
    assert_eq!(fitting(Answer::Value(0.1), &one).unwrap(), Answer::Value(0.1));
    assert_eq!(fitting(Answer::Values(vec![0.1]), &one).unwrap(), Answer::Value(0.1));
    assert_eq!(fitting(Answer::Values(vec![0.1, 0.2]), &two).unwrap(), Answer::Values(vec![0.1, 0.2]));
    for (answer, config) in [
        (Answer::Values(vec![]), &one),
        (Answer::Values(vec![0.1, 0.2]), &one),
        (Answer::Value(0.1), &two),
        (Answer::Values(vec![0.1, 0.2, 0.3]), &two),
    ] {
        let refused = fitting(answer, config).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidInput, "{refused}");
    }
    for config in [&one, &two] {
        assert_eq!(fitting(Answer::Failed("x".to_owned()), config).unwrap(), Answer::Failed("x".to_owned()));
    }
}

#[test]
fn a_value_that_is_no_number_is_a_failure() {
    for (answer, config) in
        [(Answer::Value(f64::NAN), config(&[])), (Answer::Values(vec![0.1, f64::INFINITY]), config(&["size"]))]
    {
        let Answer::Failed(reason) = fitting(answer, &config).unwrap() else { panic!("it is no number") };
        assert!(reason.contains("no finite number"), "{reason}");
    }
}

#[test]
fn a_reason_is_kept_as_far_as_a_log_takes_it() {
    assert_eq!(kept("short".to_owned()), "short");
    let long = kept("ä".repeat(100_000));
    assert!(long.len() <= LONGEST_REASON + 3 && long.ends_with("ä…"), "{} bytes", long.len());
}

#[test]
fn a_configuration_is_tried_once_and_has_to_be_of_the_space() {
    let mut state = StudyState::new(config(&[]));
    let read = |x: f64| Params::new().with("x", x).with("n", 2);
    assert_eq!(to_be_tried(&state, &read(0.5)).unwrap(), Some(read(0.5)));
    // A whole number where the space has a float is meant as one.
    let whole = Params::new().with("x", 1).with("n", 2);
    assert_eq!(to_be_tried(&state, &whole).unwrap(), Some(read(1.0)));
    let enqueued = crate::study::Enqueued { params: read(0.5) };
    state.apply(&crate::study::StudyEvent::Enqueued(enqueued)).unwrap();
    assert_eq!(to_be_tried(&state, &read(0.5)).unwrap(), None, "it waits already");
    assert!(to_be_tried(&state, &read(1.5)).is_err());
    assert!(to_be_tried(&state, &Params::new().with("x", 0.5)).is_err());
    state.apply(&crate::study::StudyEvent::Finished).unwrap();
    assert_eq!(to_be_tried(&state, &read(0.7)).unwrap_err().code(), Code::InvalidStudy);
}
