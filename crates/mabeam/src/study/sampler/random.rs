//! Random search: every trial an independent draw.

use foundation_core::port::entropy::RandomStream;

use super::{Request, Sampler};
use crate::study::space::Params;

/// Draws each parameter evenly over the unit interval, whatever is known.
///
/// Source: Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomSampler;

impl Sampler for RandomSampler {
    fn name(&self) -> &'static str {
        "random"
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let space = request.space;
        let units: Vec<f64> = space.parameters().iter().map(|_| random.next_f64()).collect();
        space.params_at(&units)
    }
}
