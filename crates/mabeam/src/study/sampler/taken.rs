//! Points that are not worth proposing again.

use std::cmp::Reverse;

use foundation_core::port::entropy::RandomStream;

use super::axis::places;
use super::{History, RandomSampler, Request, Sampler};
use crate::study::space::{Domain, Params, SearchSpace};

/// The points that are being tried and, in a space of finitely many, the latest that were, as runs of coordinates.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pending: Vec<f64>,
    measured: Vec<f64>,
}

impl Taken {
    /// What a candidate is worth that is neither.
    pub(super) const FREE: Reverse<u8> = Reverse(0);

    /// Looks at the latest `latest` trials, if need be.
    pub(super) fn of(space: &SearchSpace, history: &History, latest: usize) -> Self {
        // Where there are finitely many points, what was measured once need not be measured again.
        let measured = if is_finite(space) { latest } else { 0 };
        Self {
            pending: places(space, history.pending().map(|one| one.params)),
            measured: places(space, history.observations().rev().take(measured).map(|one| &one.params)),
        }
    }

    /// What `candidate` is worth as far as it is known already: one that is being measured comes after one that was
    /// measured, and this after all others.
    pub(super) fn worth(&self, candidate: &[f64]) -> Reverse<u8> {
        let is_among = |points: &[f64]| points.chunks_exact(candidate.len()).any(|point| point == candidate);
        if is_among(&self.pending) {
            Reverse(2)
        } else if is_among(&self.measured) {
            Reverse(1)
        } else {
            Self::FREE
        }
    }
}

/// How often a sampler that knows too little draws before it takes a point a second time: often enough to find the last
/// one of a dozen.
const DRAWS: u32 = 64;

/// A point drawn evenly, for a sampler that knows too little. In a space of finitely many points it is one that is not
/// taken, if one of [`DRAWS`] is, with a look at the latest `latest` trials.
pub(super) fn draw_free(request: &Request<'_>, latest: usize, random: &mut RandomStream) -> Params {
    let Request { space, history, .. } = *request;
    let first = RandomSampler.suggest(request, random);
    if !is_finite(space) {
        return first;
    }
    let taken = Taken::of(space, history, latest);
    let worth = |params: &Params| taken.worth(&places(space, std::iter::once(params)));
    let mut best = (worth(&first), first);
    for _ in 1..DRAWS {
        if best.0 == Taken::FREE {
            break;
        }
        let other = RandomSampler.suggest(request, random);
        let of_other = worth(&other);
        if of_other > best.0 {
            best = (of_other, other);
        }
    }
    best.1
}

/// Whether every parameter has finitely many values, so that a point may be proposed a second time.
fn is_finite(space: &SearchSpace) -> bool {
    space.parameters().iter().all(|parameter| !matches!(parameter.domain(), Domain::Float { step: None, .. }))
}
