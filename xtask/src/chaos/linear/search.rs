//! todc-utils' `WGLChecker` on a history.

use std::fmt;

use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

use super::budget;
use super::{Answer, HistoryOf, Model};
use crate::chaos::history::End;

const STEPS: u64 = 1_000_000;

/// A model, as the checker wants it.
struct Sequential<M>(std::marker::PhantomData<M>);

/// An operation and its answer. The checker looks at what stands at the response.
struct Step<M: Model> {
    op: M::Op,
    answer: Option<M::Answer>,
}

impl<M: Model> Clone for Step<M> {
    fn clone(&self) -> Self {
        Self { op: self.op.clone(), answer: self.answer.clone() }
    }
}

impl<M: Model> fmt::Debug for Step<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.op, self.answer)
    }
}

impl<M: Model> Specification for Sequential<M> {
    type State = M::State;
    type Operation = Step<M>;

    fn init() -> M::State {
        M::start()
    }

    fn apply(step: &Step<M>, state: &M::State) -> (bool, M::State) {
        budget::step();
        let after = match &step.answer {
            Some(answer) => M::answered(state, &step.op, answer),
            None => Some(M::unknown(state, &step.op)),
        };
        after.map_or_else(|| (false, state.clone()), |after| (true, after))
    }
}

pub(super) fn check<M: Model>(history: &HistoryOf<M>) -> Answer {
    if history.calls.is_empty() {
        return Answer::Linearizable;
    }
    let step = |place: usize| {
        let call = &history.calls[place];
        Step::<M> { op: call.op.clone(), answer: call.answer.as_ref().map(|(_, answer)| answer.clone()) }
    };
    // Each operation is a process of its own: the checker orders by times alone.
    let actions = history.ends().into_iter().map(|(end, place)| match end {
        End::Invoked => (place, Action::Call(step(place))),
        End::Answered => (place, Action::Response(step(place))),
    });
    // The checker wants every operation to end. An unknown one ends after everything: taking effect behind the last
    // answer is as good as never.
    let unknown = history.calls.iter().enumerate().filter(|(_, call)| call.answer.is_none());
    let ends = unknown.map(|(place, _)| (place, Action::Response(step(place))));
    let history = History::from_actions(actions.chain(ends).collect());
    budget::within(STEPS, || WGLChecker::<Sequential<M>>::is_linearizable(history))
}
