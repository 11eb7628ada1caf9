//! stateright's `LinearizabilityTester` on a history.

use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use super::budget;
use super::{Answer, HistoryOf, Model};
use crate::chaos::history::End;
use crate::failure::Failure;

/// An object of a model, as the tester wants it.
struct Object<M: Model>(M::State);

impl<M: Model> Clone for Object<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: Model> SequentialSpec for Object<M> {
    type Op = M::Op;
    /// `None` for an operation that nobody had an answer to.
    type Ret = Option<M::Answer>;

    fn invoke(&mut self, op: &M::Op) -> Self::Ret {
        budget::step();
        self.0 = M::unknown(&self.0, op);
        None
    }

    fn is_valid_step(&mut self, op: &M::Op, answer: &Self::Ret) -> bool {
        budget::step();
        let after = match answer {
            Some(answer) => M::answered(&self.0, op, answer),
            None => Some(M::unknown(&self.0, op)),
        };
        after.map(|after| self.0 = after).is_some()
    }
}

/// Judges a history in so many steps; each copies what is left of the history, which costs tens of microseconds.
///
/// # Errors
/// Where a client has two operations under way.
pub(super) fn check<M: Model>(history: &HistoryOf<M>, steps: u64) -> Result<Answer, Failure> {
    let refused = |error: String| Failure::new(format!("stateright refuses the history: {error}"));
    let mut tester = LinearizabilityTester::new(Object::<M>(M::start()));
    // The tester knows an unknown operation as one that is still under way, and a client has one of these at most; so
    // each is a client of its own, behind all others. The tester tries clients in their order, and an unknown operation
    // is best tried last: most have had no effect, or none that anybody saw.
    let others = history.calls.iter().map(|call| call.client + 1).max().unwrap_or(0);
    for (end, place) in history.ends() {
        let call = &history.calls[place];
        match (end, &call.answer) {
            (End::Invoked, None) => tester.on_invoke(others + place, call.op.clone()),
            (End::Invoked, Some(_)) => tester.on_invoke(call.client, call.op.clone()),
            (End::Answered, answer) => tester.on_return(call.client, answer.as_ref().map(|(_, answer)| answer.clone())),
        }
        .map_err(refused)?;
    }
    Ok(budget::within(steps, || tester.is_consistent()))
}
