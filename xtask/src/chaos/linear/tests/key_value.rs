//! Hand-made histories of a key.

use super::super::key_value::{OneKey, Op, Said, When};
use super::super::{Answer, judge};
use super::{answer, history};

type Line = (usize, u64, u64, Op, Option<Said>);

fn get(found: Option<(u64, u64)>) -> (Op, Option<Said>) {
    (Op::Get, Some(Said::Found(found)))
}

fn put(value: u64, when: When, revision: u64) -> (Op, Option<Said>) {
    (Op::put(value, when), Some(Said::Written(revision)))
}

fn at(client: usize, from: u64, to: u64, (op, said): (Op, Option<Said>)) -> Line {
    (client, from, to, op, said)
}

fn unknown(client: usize, from: u64, op: Op) -> Line {
    (client, from, 0, op, None)
}

fn is_linearizable(lines: &[Line]) -> bool {
    answer::<OneKey>(history(lines.iter().cloned())) == Answer::Linearizable
}

#[test]
fn operations_one_after_another() {
    assert!(is_linearizable(&[
        at(0, 0, 1, get(None)),
        at(0, 2, 3, put(7, When::Absent, 10)),
        at(1, 4, 5, get(Some((7, 10)))),
        at(1, 6, 7, (Op::put(8, When::At(9)), Some(Said::Conflict))),
        at(1, 8, 9, put(8, When::At(10), 14)),
        at(0, 10, 11, (Op::Delete { when: When::At(14) }, Some(Said::Written(15)))),
        at(0, 12, 13, get(None)),
    ]));
}

#[test]
fn a_read_of_a_value_that_was_overwritten_before_it_began_is_stale() {
    let lines =
        [at(0, 0, 1, put(1, When::Always, 1)), at(0, 2, 3, put(2, When::Always, 2)), at(1, 4, 5, get(Some((1, 1))))];
    assert!(!is_linearizable(&lines));
    let judgement = judge::<OneKey>(history(lines)).expect("the checkers agree");
    assert!(judgement.refuted_at.is_some_and(|text| text.ends_with("client 1: Get answers Found(Some((1, 1)))")));
}

#[test]
fn a_read_during_a_write_may_see_either_value_but_not_one_and_then_the_other() {
    let during = |first, second| {
        is_linearizable(&[
            at(0, 0, 1, put(1, When::Always, 1)),
            at(0, 2, 20, put(2, When::Always, 2)),
            at(1, 3, 4, get(Some(first))),
            at(1, 5, 6, get(Some(second))),
        ])
    };
    assert!(during((1, 1), (1, 1)) && during((1, 1), (2, 2)) && during((2, 2), (2, 2)));
    assert!(!during((2, 2), (1, 1)));
}

#[test]
fn of_two_conditional_writes_at_one_revision_one_succeeds() {
    let both = |second: Said| {
        is_linearizable(&[
            at(0, 0, 1, put(1, When::Always, 5)),
            at(0, 2, 9, put(2, When::At(5), 6)),
            at(1, 2, 9, (Op::put(3, When::At(5)), Some(second))),
        ])
    };
    assert!(both(Said::Conflict));
    assert!(!both(Said::Written(7)));
}

#[test]
fn a_conflict_needs_a_reason() {
    assert!(!is_linearizable(&[
        at(0, 0, 1, put(1, When::Always, 5)),
        at(0, 2, 3, (Op::put(2, When::At(5)), Some(Said::Conflict))),
        at(0, 4, 5, get(Some((1, 5)))),
    ]));
    assert!(!is_linearizable(&[at(0, 0, 1, (Op::put(2, When::Always), Some(Said::Conflict)))]));
}

#[test]
fn an_unknown_write_may_take_effect_late_or_never_but_once() {
    let first = [at(0, 0, 1, put(1, When::Always, 1)), unknown(1, 2, Op::put(2, When::At(1)))];
    let then = |reads: &[Option<(u64, u64)>]| {
        let mut lines = first.to_vec();
        lines.extend((10..).step_by(2).zip(reads).map(|(from, found)| at(2, from, from + 1, get(*found))));
        is_linearizable(&lines)
    };
    assert!(then(&[Some((1, 1)), Some((1, 1))]), "never");
    assert!(then(&[Some((2, 4)), Some((2, 4))]), "before the reads");
    assert!(then(&[Some((1, 1)), Some((2, 4)), Some((2, 4))]), "between the reads");
    assert!(!then(&[Some((2, 4)), Some((1, 1))]), "undone");
    assert!(!then(&[Some((2, 4)), Some((2, 5))]), "twice");
    assert!(!then(&[Some((3, 4))]), "something else");
}

#[test]
fn an_unknown_write_explains_a_conflict_only_from_its_invocation_on() {
    let conflict = |client, from| at(client, from, from + 1, (Op::put(3, When::At(1)), Some(Said::Conflict)));
    let written = at(0, 0, 1, put(1, When::Always, 1));
    assert!(is_linearizable(&[written.clone(), unknown(1, 2, Op::put(2, When::At(1))), conflict(2, 10)]));
    assert!(!is_linearizable(&[written, conflict(2, 10), unknown(1, 20, Op::put(2, When::At(1)))]));
}

#[test]
fn an_unknown_write_can_be_built_on_once_its_value_was_read() {
    assert!(is_linearizable(&[
        unknown(0, 0, Op::put(1, When::Absent)),
        at(1, 2, 3, get(Some((1, 8)))),
        at(1, 4, 5, put(2, When::At(8), 9)),
        at(2, 6, 7, get(Some((2, 9)))),
    ]));
}

#[test]
fn revisions_rise() {
    assert!(!is_linearizable(&[at(0, 0, 1, put(1, When::Always, 5)), at(0, 2, 3, put(2, When::Always, 5))]));
    assert!(!is_linearizable(&[
        at(0, 0, 1, put(1, When::Always, 5)),
        at(0, 2, 3, (Op::Delete { when: When::Always }, Some(Said::Written(6)))),
        at(0, 4, 5, put(2, When::Absent, 6)),
    ]));
}

#[test]
fn what_was_deleted_does_not_come_back() {
    assert!(!is_linearizable(&[
        at(0, 0, 1, put(1, When::Always, 5)),
        at(0, 2, 3, (Op::Delete { when: When::Always }, Some(Said::Written(6)))),
        at(1, 4, 5, get(Some((1, 5)))),
    ]));
}
