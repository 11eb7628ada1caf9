//! Evolution strategy with covariance matrix adaptation: a normal distribution that follows its best trials.

mod run;
mod settings;

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;
use serde_json::Value;

use self::run::{Constants, Run, Scored};
pub use self::settings::CmaSettings;
use super::axis::Axis;
use super::{Observation, Request, Sampler};
use crate::study::space::Params;

/// How often a point is drawn anew that is being tried already.
const ATTEMPTS: u32 = 8;

/// Draws from a normal distribution whose mean, width and shape follow the best of its own trials, generation by
/// generation.
///
/// The distribution is not kept anywhere: each proposal computes it from the member's own trials in the history, from
/// the first generation of the run to the last, so it is a function of the history alone. A run has a limited number
/// of generations, which bounds the cost of a proposal; the next begins at the best trial known, whoever proposed it.
/// A generation counts with those of its trials that have a value, so that no proposal waits for another.
///
/// Parameters without order have a distribution over their values instead, which moves towards the values of the best.
///
/// Sources: Hansen, "The CMA evolution strategy: a tutorial", 2016, for the constants and the updates; Krause, Arbonès
/// and Igel, "CMA-ES with optimal covariance update and storage complexity", NIPS 2016, for a Cholesky root in the
/// place of the symmetric one; Hansen, "Injecting external solutions into CMA-ES", 2011, for the bound on a step that
/// was not drawn from the distribution, which rounding to whole numbers and late values make necessary; Hamano et al.,
/// "CatCMA: stochastic optimization for mixed-category problems", GECCO 2024, for the distribution over categories.
#[derive(Clone, Debug, Default)]
pub struct CmaSampler {
    settings: CmaSettings,
}

impl CmaSampler {
    /// A sampler with these settings.
    ///
    /// # Errors
    /// As [`CmaSettings::check`].
    pub fn new(settings: CmaSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &CmaSettings {
        &self.settings
    }

    /// The distribution that the next proposal is drawn from.
    fn run(&self, request: &Request<'_>, axes: &[Axis<'_>]) -> Run {
        let Request { space, history, member, .. } = *request;
        let constants = Constants::new(axes, &self.settings);
        let proposed = history.proposals_of(member);
        let of_run = (proposed % constants.trials_of_run()) as usize;
        let mut own: Vec<u64> = history.trials_of(member).rev().take(of_run).collect();
        own.reverse();

        let mut units = vec![0.0; axes.len()];
        let before = |one: &&Observation| own.first().is_none_or(|first| one.trial < *first);
        let begin = history.best_first().find(before).filter(|one| space.write_units(&one.params, &mut units));
        let mut run = Run::new(axes, constants, begin.is_some().then_some(&units[..]), &self.settings);
        for generation in own.chunks_exact(run.population()) {
            let mut best_first: Vec<&Observation> =
                generation.iter().filter_map(|trial| history.get(*trial)).filter(|one| one.is_usable()).collect();
            best_first.sort_unstable_by(|one, two| one.by_merit(two));
            let mut scored = Scored::default();
            for one in best_first {
                if space.write_units(&one.params, &mut units) {
                    scored.push(&units);
                }
            }
            run.learn(&scored);
        }
        run
    }
}

impl Sampler for CmaSampler {
    fn name(&self) -> &'static str {
        "cma"
    }

    fn settings(&self) -> Value {
        super::settings::write(&self.settings)
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let axes = Axis::all(request.space);
        let run = self.run(request, &axes);
        let mut proposed = Params::new();
        for _ in 0..ATTEMPTS {
            proposed = request.space.params_at(&run.draw(random));
            if !request.history.pending().any(|one| *one.params == proposed) {
                break;
            }
        }
        proposed
    }
}

#[cfg(test)]
mod tests;
