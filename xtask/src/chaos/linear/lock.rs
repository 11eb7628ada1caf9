//! One lock and the resource that it protects: grants with rising tokens, releases, leases that lapse, and writes that
//! the resource refuses where it has seen a larger token.
//!
//! That a lease lapsed is told by nobody. So every grant has an operation of the lock itself, which may take effect at
//! any time after the lease could have lapsed at the earliest, or never.

use std::time::Duration;

use super::Model;
use crate::chaos::history::{Call, History};

/// A lock and its resource. Nobody renews, so a lease lapses no earlier than one time to live after the request for it
/// was sent.
pub(in crate::chaos) struct OneLock;

#[derive(Clone, Debug)]
pub(in crate::chaos) enum Op {
    /// No two requests of a history have one name. The lease lives for `ttl`.
    Acquire {
        request: u64,
        ttl: Duration,
    },
    Release {
        request: u64,
    },
    /// The lease of a request is over.
    Lapse {
        request: u64,
    },
    /// A write to the resource, under a token.
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
    /// Whether the caller still had it.
    Released(bool),
    /// The resource took the write.
    Accepted,
    /// The resource has seen a larger token.
    Stale,
    /// What the resource holds.
    Found(Option<u64>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::chaos) struct Guarded {
    held_for: Option<u64>,
    latest_token: u64,
    /// The largest token that the resource was shown.
    shown: u64,
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
            (Op::Release { request }, Said::Released(had)) => ((state.held_for == Some(*request)) == *had).then(after),
            (Op::Write { token, .. }, Said::Accepted) => (*token >= state.shown).then(after),
            (Op::Write { token, .. }, Said::Stale) => (*token < state.shown).then(|| state.clone()),
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
            Op::Write { token, value } if *token >= state.shown => {
                Guarded { shown: *token, value: Some(*value), ..state.clone() }
            }
            _ => state.clone(),
        }
    }

    /// Adds the ends of leases; reads without an answer say nothing.
    fn completed(mut history: History<Op, Said>) -> History<Op, Said> {
        history.calls.retain(|call| call.answer.is_some() || !matches!(call.op, Op::Read));
        let lock = history.calls.iter().map(|call| call.client + 1).max().unwrap_or(0);
        let lapses = history.calls.iter().filter_map(|call| match (&call.op, &call.answer) {
            (_, Some((_, Said::Busy))) => None,
            (Op::Acquire { request, ttl }, _) => {
                let op = Op::Lapse { request: *request };
                Some(Call { client: lock, op, invoked: call.invoked + *ttl, answer: None })
            }
            _ => None,
        });
        let lapses: Vec<_> = lapses.collect();
        history.calls.extend(lapses);
        History::new(history.calls)
    }
}
