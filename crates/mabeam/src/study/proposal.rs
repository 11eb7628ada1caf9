//! A sampler's proposal for a trial: one that keeps the space's constraints, and with several objectives one that weighs
//! them anew.

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;

use super::sampler::{History, Request, Sampler, scalarised};
use super::space::{Attempts, Params, SearchSpace};

/// The streams of proposals; those of trainers have the highest bit clear.
const PROPOSAL_STREAM: u64 = 1 << 63;

/// What a proposal rests on.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    /// The trial.
    pub(super) trial: u64,
    /// Whose proposal it is, by the place in the team.
    pub(super) member: u32,
    /// The seed of the study.
    pub(super) seed: u64,
    pub(super) space: SearchSpace,
    pub(super) history: History,
    /// How many objectives the study has.
    pub(super) objectives: usize,
}

/// What `sampler` proposes: a pure function of its arguments.
///
/// # Errors
/// `InvalidStudy` where neither its proposals nor even draws keep the constraints.
pub(super) fn propose(sampler: &dyn Sampler, basis: &Basis) -> Result<Params> {
    let mut random = RandomStream::new(basis.seed, PROPOSAL_STREAM | basis.trial);
    let weighed = (basis.objectives > 1).then(|| scalarised(&basis.history, basis.objectives, &mut random));
    let history = weighed.as_ref().unwrap_or(&basis.history);
    let request = Request { space: &basis.space, history, member: basis.member, seed: basis.seed };
    basis.space.feasible(Attempts::default(), &mut random, |random| sampler.suggest(&request, random))
}

#[cfg(test)]
mod tests;
