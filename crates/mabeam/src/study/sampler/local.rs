//! Local search: a step away from one of the best trials, shorter as trials are spent.

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::axis::{Axis, places};
use super::settings::{self, is_part};
use super::{Request, Sampler};
use crate::study::space::{Params, numeric};

/// How often a step is drawn anew that leads to a point which is being tried.
const ATTEMPTS: u32 = 16;

/// The settings of a [`LocalSampler`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalSettings {
    /// Trials with a value before the first step; random until then. Default 8.
    pub startup: u32,
    /// Among how many of the best trials the starting point is drawn. Default 5.
    pub best: u32,
    /// The standard deviation of the first step in each parameter, as a part of its range; a parameter without order
    /// changes with this probability, at most a half. Default 0.2.
    pub step: f64,
    /// After how many trials of its own the step has become half as long. Default 25.
    pub halving: u32,
    /// The shortest the step becomes. Default 0.02.
    pub narrowest: f64,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self { startup: 8, best: 5, step: 0.2, halving: 25, narrowest: 0.02 }
    }
}

impl LocalSettings {
    /// Checks that the settings make sense.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`](foundation_core::Code::InvalidStudy) names the setting, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        settings::check(
            "local",
            &[
                (self.startup < 1, "startup", f64::from(self.startup), "1 or more"),
                (self.best < 1, "best", f64::from(self.best), "1 or more"),
                (!is_part(self.step), "step", self.step, "above 0 and at most 1"),
                (self.halving < 1, "halving", f64::from(self.halving), "1 or more"),
                (!is_part(self.narrowest), "narrowest", self.narrowest, "above 0 and at most 1"),
            ],
        )
    }
}

/// Steps away from one of the best trials, each alike, by a normally distributed length in every parameter.
///
/// It is a (5+1) evolution strategy in which the step is set by a schedule. Source: Beyer and Schwefel, "Evolution
/// strategies: a comprehensive introduction", Natural Computing 2002.
#[derive(Clone, Debug, Default)]
pub struct LocalSampler {
    settings: LocalSettings,
}

impl LocalSampler {
    /// A sampler with these settings.
    ///
    /// # Errors
    /// As [`LocalSettings::check`].
    pub fn new(settings: LocalSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &LocalSettings {
        &self.settings
    }

    /// How long the step of the next trial is.
    fn step(&self, own_trials: u64) -> f64 {
        let halvings = own_trials as f64 / f64::from(self.settings.halving);
        let shrunk = self.settings.step * numeric::exp(-halvings * std::f64::consts::LN_2);
        shrunk.max(self.settings.narrowest.min(self.settings.step))
    }
}

impl Sampler for LocalSampler {
    fn name(&self) -> &'static str {
        "local"
    }

    fn settings(&self) -> Value {
        settings::write(&self.settings)
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let Request { space, history, member, .. } = *request;
        if history.usable() < self.settings.startup as usize {
            return super::RandomSampler.suggest(request, random);
        }
        let axes = Axis::all(space);
        let best = places(space, history.best_first().take(self.settings.best as usize).map(|one| &one.params));
        let n = u32::try_from(best.len() / axes.len()).unwrap_or(u32::MAX);
        let from = random.below(n) as usize;
        let Some(from) = best.chunks_exact(axes.len()).nth(from) else {
            // None of the best is a point of this space.
            return super::RandomSampler.suggest(request, random);
        };
        let step = self.step(history.proposals_of(member));
        let mut proposed = Params::new();
        for _ in 0..ATTEMPTS {
            let units: Vec<f64> =
                axes.iter().zip(from).map(|(axis, place)| axis.near(*place, step, step.min(0.5), random)).collect();
            proposed = space.params_at(&units);
            if !history.pending().any(|one| *one.params == proposed) {
                break;
            }
        }
        proposed
    }
}

#[cfg(test)]
mod tests;
