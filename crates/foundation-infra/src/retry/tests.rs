use std::error::Error as _;

use foundation_memory::Simulation;
use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

const STEADY: Backoff =
    Backoff { initial: SECOND, max: Duration::from_secs(8), factor: 2.0, jitter: 0.0, reset_after: Duration::ZERO };

/// Runs `retry` on an operation whose attempts take a second each and answer `answers` one after the other; answers
/// the result, the number of attempts and the time spent.
fn run(retry: Retry, answers: &[Option<Code>]) -> (Result<()>, usize, Duration) {
    let world = Simulation::new(1);
    let (clock, entropy) = (world.clock(), world.entropy());
    let mut attempts = 0;
    let result = world.block_on(retry.run(&*clock, &*entropy, || {
        let answer = answers[attempts];
        attempts += 1;
        let sleep = clock.sleep(SECOND);
        async move {
            sleep.await;
            answer.map_or(Ok(()), |code| Err(Error::new(code, "ask")))
        }
    }));
    (result, attempts, Duration::from_nanos(clock.now().0))
}

#[test]
fn a_transient_error_is_tried_again_after_growing_waits() {
    let retry = Retry { attempts: 4, backoff: STEADY, within: None };
    let (result, attempts, spent) = run(retry, &[Some(Code::Timeout), Some(Code::Io), None]);
    assert!(result.is_ok());
    assert_eq!((attempts, spent), (3, (1 + 1 + 1 + 2 + 1) * SECOND));
}

#[test]
fn nothing_else_is_tried_again() {
    for code in Code::ALL {
        let transient = Error::new(*code, "").is_transient();
        let retry = Retry { backoff: STEADY, ..Retry::default() };
        let (result, attempts, _) = run(retry, &[Some(*code), None]);
        assert_eq!((result.is_ok(), attempts), if transient { (true, 2) } else { (false, 1) }, "{code}");
    }
}

#[test]
fn the_last_error_is_told_with_the_number_of_attempts() {
    let retry = Retry { attempts: 2, backoff: STEADY, within: None };
    let (result, attempts, _) = run(retry, &[Some(Code::Timeout), Some(Code::Io), None]);
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.what(), attempts), (Code::Io, "given up after 2 attempts: ask", 2));
}

#[test]
fn a_wait_that_would_not_end_in_time_is_not_begun() {
    let retry = Retry { attempts: 9, backoff: STEADY, within: Some(3 * SECOND) };
    let (result, attempts, spent) = run(retry, &[Some(Code::Timeout), Some(Code::Io), None]);
    assert_eq!(result.unwrap_err().code(), Code::Io);
    assert_eq!((attempts, spent), (2, 3 * SECOND));
}

#[test]
fn the_deadline_ends_an_attempt_and_names_the_error_before_it() {
    let retry = Retry { attempts: 9, backoff: STEADY, within: Some(5 * SECOND / 2) };
    let (result, attempts, spent) = run(retry, &[Some(Code::Io), None]);
    let error = result.unwrap_err();
    assert_eq!(error.code(), Code::OutcomeUnknown);
    assert!(error.source().unwrap().to_string().contains("ask"));
    assert_eq!((attempts, spent), (2, 5 * SECOND / 2));
}

#[test]
fn no_attempts_count_as_one() {
    let (result, attempts, _) = run(Retry { attempts: 0, ..Retry::default() }, &[Some(Code::Io), None]);
    assert!(result.is_err());
    assert_eq!(attempts, 1);
}

proptest! {
    #[test]
    fn a_wait_is_within_every_limit(
        attempts in 0_u32..10, failed in 1_u32..10, spent in 0_u64..20, within in prop::option::of(0_u64..20), chance: u64,
    ) {
        let retry = Retry { attempts, backoff: STEADY, within: within.map(Duration::from_secs) };
        match retry.wait(failed, Duration::from_secs(spent), chance) {
            Some(wait) => {
                prop_assert!(failed < attempts && wait <= STEADY.max);
                prop_assert!(retry.within.is_none_or(|within| Duration::from_secs(spent) + wait < within));
            }
            None => prop_assert!(
                failed >= attempts
                    || retry.within.is_some_and(|within| Duration::from_secs(spent) + STEADY.max >= within)
            ),
        }
    }
}
