use std::time::Duration;

use super::*;
use crate::chaos::history::Call;

mod generated;
mod key_value;
mod lock;
mod recorded;
mod registry;

/// A history from client, time of the invocation, time of the answer, operation and answer; the times in milliseconds.
fn history<O, A>(calls: impl IntoIterator<Item = (usize, u64, u64, O, Option<A>)>) -> History<O, A> {
    let calls = calls.into_iter().map(|(client, invoked, answered, op, answer)| Call {
        client,
        op,
        invoked: Duration::from_millis(invoked),
        answer: answer.map(|answer| (Duration::from_millis(answered), answer)),
    });
    History::new(calls.collect())
}

fn answer<M: Model>(history: HistoryOf<M>) -> Answer {
    judge::<M>(history).expect("the checkers agree").answer
}

#[test]
fn an_empty_history_is_linearizable() {
    assert_eq!(answer::<super::key_value::OneKey>(history([])), Answer::Linearizable);
}
