//! Hand-made histories of a lock.

use std::time::Duration;

use super::super::Answer;
use super::super::lock::{OneLock, Op, Said};
use super::{answer, history};

type Line = (usize, u64, u64, Op, Option<Said>);

const LIFE: Duration = Duration::from_millis(1_000);

fn acquire(client: usize, from: u64, request: u64, said: Option<Said>) -> Line {
    (client, from, from + 1, Op::Acquire { request, life: LIFE }, said)
}

fn release(client: usize, from: u64, request: u64) -> Line {
    (client, from, from + 1, Op::Release { request }, Some(Said::Released))
}

fn admit(client: usize, from: u64, token: u64, said: Said) -> Line {
    (client, from, from + 1, Op::Admit { token }, Some(said))
}

fn write(client: usize, from: u64, token: u64, value: u64, said: Option<Said>) -> Line {
    (client, from, from + 1, Op::Write { token, value }, said)
}

fn read(client: usize, from: u64, found: Option<u64>) -> Line {
    (client, from, from + 1, Op::Read, Some(Said::Found(found)))
}

fn is_linearizable(lines: &[Line]) -> bool {
    answer::<OneLock>(history(lines.iter().cloned())) == Answer::Linearizable
}

#[test]
fn one_holder_after_another() {
    assert!(is_linearizable(&[
        acquire(1, 0, 1, Some(Said::Granted(5))),
        acquire(2, 2, 2, Some(Said::Busy)),
        admit(1, 4, 5, Said::Accepted),
        write(1, 6, 5, 10, Some(Said::Accepted)),
        release(1, 8, 1),
        acquire(2, 10, 3, Some(Said::Granted(7))),
        write(1, 12, 5, 12, Some(Said::Accepted)),
        admit(2, 14, 7, Said::Accepted),
        admit(1, 16, 5, Said::Stale),
        write(2, 18, 7, 11, Some(Said::Accepted)),
        read(1, 20, Some(11)),
    ]));
}

#[test]
fn a_lease_does_not_lapse_before_its_time() {
    let second = |from| {
        is_linearizable(&[acquire(1, 0, 1, Some(Said::Granted(5))), acquire(2, from, 2, Some(Said::Granted(6)))])
    };
    assert!(!second(500));
    assert!(second(1_000));
}

#[test]
fn a_lock_that_is_free_is_not_busy() {
    assert!(!is_linearizable(&[acquire(1, 0, 1, Some(Said::Busy))]));
    assert!(!is_linearizable(&[
        acquire(1, 0, 1, Some(Said::Granted(5))),
        release(1, 2, 1),
        acquire(2, 4, 2, Some(Said::Busy)),
    ]));
}

#[test]
fn tokens_rise() {
    assert!(!is_linearizable(&[
        acquire(1, 0, 1, Some(Said::Granted(5))),
        release(1, 2, 1),
        acquire(2, 4, 2, Some(Said::Granted(5))),
    ]));
}

#[test]
fn a_write_of_a_holder_of_before_is_refused_once_the_resource_admitted_a_later_one() {
    let late = |said| {
        is_linearizable(&[
            acquire(1, 0, 1, Some(Said::Granted(5))),
            admit(1, 2, 5, Said::Accepted),
            acquire(2, 1_500, 2, Some(Said::Granted(6))),
            admit(2, 1_600, 6, Said::Accepted),
            write(1, 1_700, 5, 11, Some(said)),
        ])
    };
    assert!(late(Said::Stale));
    assert!(!late(Said::Accepted));
}

#[test]
fn a_lost_write_of_a_holder_of_before_is_not_seen_after_that_of_a_later_one() {
    let lines = |found| {
        [
            acquire(1, 0, 1, Some(Said::Granted(5))),
            admit(1, 2, 5, Said::Accepted),
            write(1, 900, 5, 11, None),
            acquire(2, 1_500, 2, Some(Said::Granted(6))),
            admit(2, 1_550, 6, Said::Accepted),
            write(2, 1_600, 6, 10, Some(Said::Accepted)),
            read(3, 1_700, Some(found)),
        ]
    };
    assert!(is_linearizable(&lines(10)));
    assert!(!is_linearizable(&lines(11)));
}

#[test]
fn a_request_without_an_answer_may_hold_the_lock() {
    let second = |from, said| is_linearizable(&[acquire(1, 0, 1, None), acquire(2, from, 2, Some(said))]);
    assert!(second(500, Said::Busy) && second(1_500, Said::Busy));
    assert!(second(500, Said::Granted(6)) && second(1_500, Said::Granted(6)));
}
