//! One lock and the resource that it protects: grants with rising tokens, releases, leases that lapse, holders that the
//! resource admits by their tokens, and writes that it refuses once it has admitted a later holder.
//!
//! That a lease lapsed is told by nobody. So every grant has an operation of the lock itself, which may take effect at
//! any time after the lease could have lapsed at the earliest, or never.

use std::collections::HashMap;
use std::time::Duration;

use super::Model;
use crate::chaos::history::{Call, History};

/// A lock and its resource. Renewals are not looked at, so of a lease that was renewed the model allows more than it
/// should; so it does of a request without an answer, whose sender gives up by itself what it may have got.
pub(in crate::chaos) struct OneLock;

#[derive(Clone, Debug)]
pub(in crate::chaos) enum Op {
    /// No two requests of a history have one name. A lease that is granted lasts for `life` at least, from the request
    /// on, unless it is released.
    Acquire {
        request: u64,
        life: Duration,
    },
    Release {
        request: u64,
    },
    /// The lease of a request is over.
    Lapse {
        request: u64,
    },
    /// The resource is told the token.
    Admit {
        token: u64,
    },
    /// A write to the resource by who was admitted with that token.
    Write {
        token: u64,
        value: u64,
    },
    /// A read of the resource.
    Read,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Said {
    /// The lock is the caller's, under this token.
    Granted(u64),
    /// Somebody has the lock.
    Busy,
    /// The caller does not have it any more.
    Released,
    /// The resource took the token or the write.
    Accepted,
    /// The resource has admitted a larger token.
    Stale,
    /// What the resource holds.
    Found(Option<u64>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::chaos) struct Guarded {
    held_for: Option<u64>,
    latest_token: u64,
    /// The largest token that the resource admitted.
    admitted: u64,
    value: Option<u64>,
}

impl Model for OneLock {
    type Op = Op;
    type Answer = Said;
    type State = Guarded;

    fn start() -> Guarded {
        Guarded::default()
    }

    fn answered(state: &Guarded, op: &Op, answer: &Said) -> Option<Guarded> {
        let after = || Self::unknown(state, op);
        match (op, answer) {
            (Op::Acquire { .. }, Said::Granted(token)) => (state.held_for.is_none() && *token > state.latest_token)
                .then(|| Guarded { latest_token: *token, ..after() }),
            (Op::Acquire { .. }, Said::Busy) => state.held_for.is_some().then(|| state.clone()),
            // It may have lapsed before; whoever releases is not told.
            (Op::Release { .. }, Said::Released) => Some(after()),
            (Op::Admit { token }, Said::Accepted) => (*token >= state.admitted).then(after),
            (Op::Write { token, .. }, Said::Accepted) => (*token == state.admitted).then(after),
            (Op::Admit { token } | Op::Write { token, .. }, Said::Stale) => {
                (*token < state.admitted).then(|| state.clone())
            }
            (Op::Read, Said::Found(found)) => (state.value == *found).then(|| state.clone()),
            _ => None,
        }
    }

    fn unknown(state: &Guarded, op: &Op) -> Guarded {
        match op {
            Op::Acquire { request, .. } if state.held_for.is_none() => {
                Guarded { held_for: Some(*request), ..state.clone() }
            }
            Op::Release { request } | Op::Lapse { request } if state.held_for == Some(*request) => {
                Guarded { held_for: None, ..state.clone() }
            }
            Op::Admit { token } if *token > state.admitted => Guarded { admitted: *token, ..state.clone() },
            Op::Write { token, value } if *token == state.admitted => Guarded { value: Some(*value), ..state.clone() },
            _ => state.clone(),
        }
    }

    /// Adds the ends of leases that were not given up before; reads without an answer say nothing.
    fn completed(mut history: History<Op, Said>) -> History<Op, Said> {
        history.calls.retain(|call| call.answer.is_some() || !matches!(call.op, Op::Read));
        let lock = history.calls.iter().map(|call| call.client + 1).max().unwrap_or(0);
        let released: HashMap<u64, Duration> = history
            .calls
            .iter()
            .filter_map(|call| match (&call.op, &call.answer) {
                (Op::Release { request }, Some((at, _))) => Some((*request, *at)),
                _ => None,
            })
            .collect();
        let lapses = history.calls.iter().filter_map(|call| match (&call.op, &call.answer) {
            (_, Some((_, Said::Busy))) => None,
            (Op::Acquire { request, life }, answer) => {
                let lasts = if answer.is_some() { *life } else { Duration::ZERO };
                let (op, invoked) = (Op::Lapse { request: *request }, call.invoked + lasts);
                let is_needed = released.get(request).is_none_or(|released| *released > invoked);
                is_needed.then_some(Call { client: lock, op, invoked, answer: None })
            }
            _ => None,
        });
        let lapses: Vec<_> = lapses.collect();
        history.calls.extend(lapses);
        History::new(history.calls)
    }
}
