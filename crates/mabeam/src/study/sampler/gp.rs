//! A Gaussian process: try where improvement is expected to be greatest.

mod acquisition;
mod fit;
mod regression;
mod settings;
mod target;

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;
use serde_json::Value;

use self::acquisition::Search;
use self::regression::{Points, Process};
pub use self::settings::GpSettings;
use super::axis::Axis;
use super::taken::{self, Taken};
use super::{History, Observation, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

/// Proposes where a Gaussian process over the unit cube expects the greatest improvement.
///
/// The process has a Matérn kernel of smoothness 5/2. What it learns is the logarithm of each trial's distance from
/// the best value, so that it tells apart what lies close to the best, plus a constant for each rung, because trials
/// of different rungs have been trained for differently long. The kernel's length along each parameter, and the
/// noise, are those under which the values are likeliest, found by one round of steps from the settings' own.
/// Trials that failed, or have a NaN, are taken to be as bad as the worst one known. Pending trials lower the variance
/// about them and leave the mean as it is, so parallel trials spread out.
///
/// The number of trials in the model is bounded, and so is the cost of a proposal: about half a millisecond over six
/// parameters.
///
/// Sources: Jones, Schonlau and Welch, "Efficient global optimization of expensive black-box functions", J. Global
/// Optimization 1998, for expected improvement; Snoek, Larochelle and Adams, "Practical Bayesian optimization of
/// machine learning algorithms", NIPS 2012, for the kernel; Swersky, Snoek and Adams, "Freeze-thaw Bayesian
/// optimization", 2014, for the thought that the rungs of one trial share what the parameters are worth.
#[derive(Clone, Debug, Default)]
pub struct GpSampler {
    settings: GpSettings,
}

impl GpSampler {
    /// A sampler with these settings.
    ///
    /// # Errors
    /// As [`GpSettings::check`].
    pub fn new(settings: GpSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &GpSettings {
        &self.settings
    }

    /// The trials in the model, by number: the best ones and the latest others.
    fn known<'a>(&self, history: &'a History) -> Vec<&'a Observation> {
        let best: Vec<&Observation> = history.best_first().take(self.settings.best as usize).collect();
        let Some(last) = best.last().copied() else { return best };
        let is_other = |one: &&Observation| one.by_merit(last).is_gt();
        let mut known: Vec<&Observation> =
            history.observations().rev().filter(is_other).take(self.settings.latest as usize).collect();
        known.extend(best);
        known.sort_unstable_by_key(|one| one.trial);
        known
    }

    /// How many trials are looked at, at most.
    fn looks_at(&self) -> usize {
        (self.settings.best + self.settings.latest) as usize
    }

    /// The place to try next; `None` where the model cannot be made.
    fn propose(&self, space: &SearchSpace, history: &History, random: &mut RandomStream) -> Option<Vec<f64>> {
        let settings = &self.settings;
        let axes = Axis::all(space);
        let mut units = vec![0.0; axes.len()];
        let mut known = self.known(history);
        known.retain(|one| space.write_units(&one.params, &mut units));
        let values = target::of(&known, settings.softness);
        let mut points = Points::new(axes.len());
        for one in &known {
            space.write_units(&one.params, &mut units);
            points.push(&units, one.rung);
        }
        let kernel = fit::kernel(&axes, &points, &values, settings);
        let top = known.iter().map(|one| one.rung).max()?;
        for one in history.pending().rev().take(settings.pending as usize) {
            if space.write_units(one.params, &mut units) {
                points.push(&units, top);
            }
        }
        let process = Process::new(&kernel, &points, &values)?;
        let taken = Taken::of(space, history, self.looks_at());
        let search = Search { process: &process, space, axes: &axes, taken: &taken, level: top, settings };
        search.best(&values, random)
    }
}

impl Sampler for GpSampler {
    fn name(&self) -> &'static str {
        "gp"
    }

    fn settings(&self) -> Value {
        super::settings::write(&self.settings)
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let Request { space, history, .. } = *request;
        let proposed =
            if history.usable() < self.settings.startup as usize { None } else { self.propose(space, history, random) };
        match proposed {
            Some(units) => space.params_at(&units),
            None => taken::draw_free(request, self.looks_at(), random),
        }
    }
}

#[cfg(test)]
mod tests;
