use std::time::Duration;

use super::*;

fn call(client: usize, invoked: u64, answered: Option<u64>) -> Call<&'static str, ()> {
    let answer = answered.map(|at| (Duration::from_millis(at), ()));
    Call { client, op: "op", invoked: Duration::from_millis(invoked), answer }
}

#[test]
fn an_invocation_goes_before_an_answer_of_the_same_time() {
    let history = History::new(vec![call(0, 0, Some(5)), call(1, 5, Some(9)), call(2, 1, None)]);
    use End::{Answered, Invoked};
    assert_eq!(history.ends(), [(Invoked, 0), (Invoked, 1), (Invoked, 2), (Answered, 0), (Answered, 2)]);
}

#[test]
fn what_was_known_at_a_moment_has_no_later_answers() {
    let history = History::new(vec![call(0, 0, Some(5)), call(1, 2, Some(3)), call(2, 6, Some(7))]);
    let known = history.first_ends(3);
    assert_eq!(known.calls.len(), 2);
    assert_eq!((known.answered(), known.unknown()), (1, 1));
}

#[test]
fn a_history_spans_a_moment_with_answers_on_both_sides() {
    let history = History::new(vec![call(0, 0, Some(5)), call(1, 8, None), call(1, 20, Some(30))]);
    let spans = |moment| history.spans(Duration::from_millis(moment));
    assert!(spans(6) && spans(19));
    assert!(!spans(4) && !spans(20));
}

#[test]
fn a_call_that_is_dropped_is_unknown_and_a_refused_one_is_no_part() {
    let recorder = Recorder::default();
    recorder.invoke(0, "lost").unknown();
    recorder.invoke(0, "refused").refused();
    recorder.invoke(0, "answered").answered(1);
    let history = recorder.history();
    assert_eq!((history.answered(), history.unknown(), recorder.refused(), recorder.len()), (1, 1, 1, 3));
}
