use std::io::Write as _;

use super::*;

fn course(lines: &[(usize, &str)]) -> Course {
    let mut course = Course::default();
    lines.iter().for_each(|(worker, line)| course.hear(*worker, line));
    course
}

const TOLD: &str = r#"{"told": 4, "value": 1.0, "recorded": "now"}"#;

#[test]
fn the_last_who_spoke_of_a_trial_has_it() {
    let course = course(&[
        (1, r#"{"trial": 4, "step": 1}"#),
        (2, r#"{"trial": 5, "step": 1}"#),
        (1, r#"{"trial": 4, "step": 2}"#),
        (1, "a warning"),
        (3, r#"{"trial": 4, "step": 1}"#),
        (3, TOLD),
        (2, r#"{"told": 5, "value": 0.5, "recorded": "not_needed"}"#),
    ]);
    assert_eq!((course.epochs_of(4), course.holder(4)), (1, Some(3)));
    assert_eq!((course.epochs_of(9), course.holder(9)), (0, None));
    assert_eq!(course.trained(), 4);
    // What the server did not need it did not acknowledge.
    assert_eq!(course.acknowledged(), [Told { trial: 4, rows: Some(357) }]);
    assert_eq!(course.handed_on(&[(1, 4)]), 1);
    assert_eq!(course.handed_on(&[(1, 4), (2, 5)]), 1);
}

#[test]
fn a_trial_that_its_own_worker_told_or_nobody_is_not_handed_on() {
    assert_eq!(course(&[(1, r#"{"trial": 4, "step": 1}"#), (1, TOLD)]).handed_on(&[(1, 4)]), 0);
    let steps = [(1, r#"{"trial": 4, "step": 1}"#), (2, r#"{"trial": 4, "step": 1}"#)];
    assert_eq!(course(&steps).handed_on(&[(1, 4)]), 0);
}

#[test]
fn a_line_is_heard_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said");
    let mut file = File::create(&path).unwrap();
    let mut ear = Ear::at(&path).unwrap();
    file.write_all(b"one\ntw").unwrap();
    assert_eq!(ear.lines().unwrap(), ["one"]);
    assert!(ear.lines().unwrap().is_empty());
    file.write_all(b"o\nthree\n").unwrap();
    assert_eq!(ear.lines().unwrap(), ["two", "three"]);
}
