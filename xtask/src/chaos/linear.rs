//! Whether a recorded history is linearizable: whether each operation can be given a moment between its invocation and
//! its answer so that, one after another in the order of these moments, they answer as they did (Herlihy and Wing,
//! "Linearizability: a correctness condition for concurrent objects", 1990).
//!
//! Two published checkers judge every history, and have to agree: the tester of stateright, which tries the
//! interleavings of the clients, and todc-utils' `WGLChecker`, which is Wing and Gong's search ("Testing and verifying
//! concurrent objects", 1993) with Lowe's memory of what was tried ("Testing for linearizability", 2017). Both search
//! a space that can be exponential, so both have a budget of steps; a history on which one runs out is undecided, which
//! is no acquittal.
//!
//! What an object may do is a [`Model`]; see [`key_value`], [`registry`] and [`lock`].

mod budget;
mod interleavings;
pub(super) mod key_value;
pub(super) mod lock;
pub(super) mod registry;
mod search;

use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use super::history::History;
use super::live;
use crate::failure::Failure;

/// What an object may answer, one operation after another.
pub(super) trait Model: 'static {
    /// What is asked.
    type Op: Clone + fmt::Debug;
    /// What is answered.
    type Answer: Clone + fmt::Debug + PartialEq;
    /// What the object is between two operations.
    type State: Clone + Eq + Hash + fmt::Debug;

    /// Before the first operation.
    fn start() -> Self::State;

    /// The state after `op` answered `answer`; `None` where it cannot answer that.
    fn answered(state: &Self::State, op: &Self::Op, answer: &Self::Answer) -> Option<Self::State>;

    /// The state after `op`, whatever it answered.
    fn unknown(state: &Self::State, op: &Self::Op) -> Self::State;

    /// Adds what follows from the history as a whole: what later answers tell about operations that stayed unknown, or
    /// what happens without being asked for. Nothing by default.
    #[must_use]
    fn completed(history: History<Self::Op, Self::Answer>) -> History<Self::Op, Self::Answer> {
        history
    }
}

/// Steps that the checker without a memory may take for a history that the other one acquits, …
const ACQUITTING: u64 = 60_000;
/// … and for one that it refutes: to refute it as well it has to try every order, so it is asked only whether it finds
/// one that holds.
const AGREEING: u64 = 10_000;

/// The history of a model's object.
pub(super) type HistoryOf<M> = History<<M as Model>::Op, <M as Model>::Answer>;

/// What a checker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Linearizable,
    Not,
    /// It would have taken more steps than it may.
    Undecided,
}

/// What both checkers say about one history.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) answer: Answer,
    /// How long stateright's tester took.
    pub(super) interleavings_took: Duration,
    /// How long todc-utils' checker took.
    pub(super) search_took: Duration,
    /// The shortest beginning of the history that is not linearizable, its last lines.
    pub(super) refuted_at: Option<String>,
}

/// Has both checkers judge a history.
///
/// # Errors
/// Where one calls it linearizable and the other does not, or where a client has two operations under way.
pub(super) fn judge<M: Model>(history: HistoryOf<M>) -> Result<Judgement, Failure> {
    let history = M::completed(history);
    let (search, search_took) = timed(|| Ok(search::check::<M>(&history)))?;
    // Linearizability is a property of prefixes. The shortest prefix that fails says where, and keeps the checker
    // without a memory from trying every order of what comes after it.
    let failing = (search == Answer::Not).then(|| shortest_failing::<M>(&history));
    let judged = failing.as_ref().unwrap_or(&history);
    let (interleavings, interleavings_took) =
        timed(|| interleavings::check::<M>(judged, if failing.is_some() { AGREEING } else { ACQUITTING }))?;
    let answer = match (search, interleavings) {
        (Answer::Linearizable, Answer::Linearizable) => Answer::Linearizable,
        (Answer::Not, Answer::Not | Answer::Undecided) | (Answer::Undecided, Answer::Not) => Answer::Not,
        (Answer::Undecided, _) | (Answer::Linearizable, Answer::Undecided) => Answer::Undecided,
        (one, other) => {
            return Err(Failure::new(format!("the checkers disagree: {one:?} and {other:?} on {judged:?}"))
                .advise("one of the checkers or its use here is wrong: reduce the history and look"));
        }
    };
    let refuted_at = (answer == Answer::Not).then(|| last_lines::<M>(judged));
    Ok(Judgement { answer, interleavings_took, search_took, refuted_at })
}

/// The shortest beginning that is not linearizable, by the checker that remembers.
fn shortest_failing<M: Model>(history: &HistoryOf<M>) -> HistoryOf<M> {
    let (mut good, mut bad) = (0, history.ends().len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if search::check::<M>(&history.first_ends(middle)) == Answer::Not {
            bad = middle;
        } else {
            good = middle;
        }
    }
    history.first_ends(bad)
}

/// The last operations of a history, for people.
fn last_lines<M: Model>(history: &HistoryOf<M>) -> String {
    const LINES: usize = 8;
    let skipped = history.calls.len().saturating_sub(LINES);
    let lines = history.calls.iter().skip(skipped).map(|call| {
        let (client, op, invoked) = (call.client, &call.op, call.invoked.as_secs_f64());
        match &call.answer {
            Some((at, answer)) => {
                format!("{invoked:.6} to {:.6} s, client {client}: {op:?} answers {answer:?}", at.as_secs_f64())
            }
            None => format!("{invoked:.6} s, client {client}: {op:?} has no answer"),
        }
    });
    lines.collect::<Vec<_>>().join("\n    ")
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Duration), Failure> {
    let begun = live::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

#[cfg(test)]
mod tests;
