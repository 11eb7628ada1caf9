//! Hand-made histories of a name.

use super::super::Answer;
use super::super::registry::{OneName, Op, Said};
use super::{answer, history};

type Line = (usize, u64, u64, Op, Option<Said>);

fn register(client: usize, from: u64, to: u64, mark: u64, said: Option<Said>) -> Line {
    (client, from, to, Op::Register { owner: client, mark }, said)
}

fn unregister(client: usize, from: u64, to: u64, had: Option<bool>) -> Line {
    (client, from, to, Op::Unregister { owner: client }, had.map(Said::Freed))
}

fn lookup(client: usize, from: u64, found: Option<(usize, u64)>) -> Line {
    (client, from, from + 1, Op::Lookup, Some(Said::Found(found)))
}

fn is_linearizable(lines: &[Line]) -> bool {
    answer::<OneName>(history(lines.iter().cloned())) == Answer::Linearizable
}

#[test]
fn one_owner_after_another() {
    assert!(is_linearizable(&[
        register(1, 0, 1, 100, Some(Said::Registered(3))),
        register(2, 2, 3, 200, Some(Said::Taken)),
        lookup(3, 4, Some((1, 100))),
        register(1, 6, 7, 101, Some(Said::Registered(4))),
        lookup(3, 8, Some((1, 101))),
        unregister(2, 10, 11, Some(false)),
        unregister(1, 12, 13, Some(true)),
        lookup(3, 14, None),
        register(2, 16, 17, 201, Some(Said::Registered(9))),
    ]));
}

#[test]
fn a_name_has_one_owner() {
    assert!(!is_linearizable(&[
        register(1, 0, 5, 100, Some(Said::Registered(3))),
        register(2, 0, 5, 200, Some(Said::Registered(4))),
    ]));
}

#[test]
fn a_name_that_is_free_is_not_taken() {
    assert!(!is_linearizable(&[register(1, 0, 1, 100, Some(Said::Taken))]));
    assert!(!is_linearizable(&[
        register(1, 0, 1, 100, Some(Said::Registered(3))),
        unregister(1, 2, 3, Some(true)),
        register(2, 4, 5, 200, Some(Said::Taken)),
    ]));
}

#[test]
fn an_owner_of_before_is_not_found() {
    assert!(!is_linearizable(&[
        register(1, 0, 1, 100, Some(Said::Registered(3))),
        unregister(1, 2, 3, Some(true)),
        lookup(3, 4, Some((1, 100))),
    ]));
}

#[test]
fn a_release_without_an_answer_may_come_any_time() {
    let lines = |second: Said| {
        [
            register(1, 0, 1, 100, Some(Said::Registered(3))),
            unregister(1, 2, 3, None),
            lookup(3, 4, Some((1, 100))),
            register(2, 6, 7, 200, Some(second)),
        ]
    };
    assert!(is_linearizable(&lines(Said::Registered(8))));
    assert!(is_linearizable(&lines(Said::Taken)));
}

#[test]
fn a_registration_without_an_answer_may_hold_the_name() {
    assert!(is_linearizable(&[
        register(1, 0, 1, 100, None),
        register(2, 2, 3, 200, Some(Said::Taken)),
        lookup(3, 4, Some((1, 100))),
        unregister(1, 6, 7, Some(true)),
        lookup(3, 8, None),
    ]));
}
