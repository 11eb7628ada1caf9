//! Sobol's sequence: points that fill the space evenly, each new one where the others are not.

use foundation_core::port::entropy::RandomStream;

use super::{Request, Sampler};
use crate::study::space::Params;

/// As many points as the sequence has before it begins anew with another scrambling.
const POINTS: u64 = 1 << 16;
/// As many dimensions as there are direction numbers for; later ones take the same with another scrambling.
const DIMENSIONS: usize = sobol_burley::NUM_DIMENSIONS as usize;
/// Where a point does not keep the space's constraints, that of another sequence takes its place, at most so often.
const SEQUENCES: u64 = 32;
/// The points have 24 bits; below them a random number fills the rest.
const GRAIN: f64 = 1.0 / (1 << 24) as f64;

/// Takes the points of Sobol's sequence in turn, scrambled by the study's seed and the member's place in the team,
/// whatever is known. A member's first 2^k proposals stand in 2^k different cells of any even division of one
/// parameter.
///
/// Sources: Sobol, "On the distribution of points in a cube and the approximate evaluation of integrals", USSR Comp.
/// Math. 1967; direction numbers of Joe and Kuo, "Constructing Sobol sequences with better two-dimensional
/// projections", SIAM J. Sci. Comput. 2008; scrambling after Owen, "Randomly permuted (t, m, s)-nets and
/// (t, s)-sequences", 1995, in the form of Burley, "Practical hash-based Owen scrambling", JCGT 2020.
#[derive(Clone, Copy, Debug, Default)]
pub struct SobolSampler;

impl Sampler for SobolSampler {
    fn name(&self) -> &'static str {
        "sobol"
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let point = request.history.proposals_of(request.member);
        let (block, index) = (point / POINTS, (point % POINTS) as u32);
        let mut proposed = Params::new();
        for sequence in 0..SEQUENCES {
            let coordinate = |at: usize| {
                let scrambling = scrambling(request, block * SEQUENCES + sequence, at / DIMENSIONS);
                let unit = sobol_burley::sample(index, (at % DIMENSIONS) as u32, scrambling);
                f64::from(unit) + random.next_f64() * GRAIN
            };
            let units: Vec<f64> = (0..request.space.parameters().len()).map(coordinate).collect();
            proposed = request.space.params_at(&units);
            if request.space.satisfies(&proposed) {
                break;
            }
        }
        proposed
    }
}

/// The seed of a sequence: 32 bits of a stream that nothing else draws from.
fn scrambling(request: &Request<'_>, sequence: u64, dimensions: usize) -> u32 {
    // The highest bits keep it apart from the streams of trainers, of proposals and of the market.
    let stream = (5 << 61) | (u64::from(request.member) << 48) | (sequence << 16) | dimensions as u64;
    RandomStream::new(request.seed, stream).next_u32()
}

#[cfg(test)]
mod tests;
