use std::time::Duration;

use super::*;

fn of(how: How, cause: Option<Cause>) -> Option<Failure> {
    let limits = Limits {
        wall: Some(Duration::from_millis(1_500)),
        cpu: Some(Duration::from_secs(2)),
        memory: Some(3 << 20),
        ..Limits::default()
    };
    Failure::of(Ended { how, cause, cpu: None }, &limits)
}

#[test]
fn an_end_in_order_and_one_that_was_asked_for_are_no_failures() {
    assert_eq!(of(How::Exited(0), None), None);
    assert_eq!(of(How::Killed(15), Some(Cause::Asked)), None);
    assert_eq!(of(How::Exited(1), Some(Cause::Asked)), None);
}

#[test]
fn crashes_may_be_tried_again_and_limits_not() {
    let crash = |how| of(how, None).map(|failure| (failure.is_crash, failure.what)).unwrap();
    assert_eq!(crash(How::Exited(3)), (true, "exit code 3".to_owned()));
    assert_eq!(crash(How::Killed(11)), (true, "killed by signal 11 (SIGSEGV)".to_owned()));
    let limit = |cause| of(How::Killed(9), Some(cause)).map(|failure| (failure.is_crash, failure.what)).unwrap();
    assert_eq!(limit(Cause::Wall), (false, "ended at the limit `wall` of 1.5s".to_owned()));
    assert_eq!(limit(Cause::Cpu), (false, "ended at the limit `cpu` of 2s".to_owned()));
    assert_eq!(limit(Cause::Memory), (false, "ended at the limit `memory` of 3 MiB".to_owned()));
    // A program that ends well when it is asked to at a limit has still gone beyond it.
    assert!(of(How::Exited(0), Some(Cause::Wall)).is_some());
}

#[test]
fn a_limit_that_looks_like_a_crash_is_hinted_at() {
    let limits = Limits { address_space: Some(1 << 30), ..Limits::default() };
    let failure = Failure::of(Ended { how: How::Killed(6), cause: None, cpu: None }, &limits).unwrap();
    assert_eq!(failure.what, "killed by signal 6 (SIGABRT) (its address space is limited to 1 GiB)");
}

#[test]
fn the_reason_names_the_command_and_quotes_its_last_words() {
    let failure = Failure::lasting("no value");
    let path = Path::new("out/trial-1/attempt-2");
    let told = failure.told("p --lr 0.1", 2, &["Traceback".to_owned(), "ValueError".to_owned()], path);
    assert_eq!(
        told,
        "`p --lr 0.1`: no value, at attempt 2; standard error ends:\n  Traceback\n  ValueError\noutput: \
         out/trial-1/attempt-2"
    );
    let silent = failure.told("p", 1, &[], path);
    assert_eq!(silent, "`p`: no value; nothing on standard error; output: out/trial-1/attempt-2");
}
