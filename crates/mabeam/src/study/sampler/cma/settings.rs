//! What can be set about the strategy, and the defaults.

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use crate::study::sampler::settings::{self, is_part};

/// The settings of a [`CmaSampler`](super::CmaSampler).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CmaSettings {
    /// How many trials make a generation. Default 0, which stands for 4 + 3 ln d over d parameters with an order.
    pub population: u32,
    /// The standard deviation at the beginning of a run, in each parameter's range. Default 0.25.
    pub step: f64,
    /// How many generations make a run; the next run begins at the best trial known. Bounds the cost of a proposal.
    /// Default 50.
    pub generations: u32,
    /// The least standard deviation, in a parameter's range. Default 0.001.
    pub narrowest: f64,
    /// The least probability of a parameter's values without order, shared evenly among them. Default 0.1.
    pub least: f64,
}

impl Default for CmaSettings {
    fn default() -> Self {
        Self { population: 0, step: 0.25, generations: 50, narrowest: 0.001, least: 0.1 }
    }
}

impl CmaSettings {
    /// Checks that the settings make sense.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`](foundation_core::Code::InvalidStudy) names the setting, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        let too_few = matches!(self.population, 1..4);
        settings::check(
            "cma",
            &[
                (
                    too_few || self.population > 10_000,
                    "population",
                    f64::from(self.population),
                    "from 4 to 10000, or 0 for the usual one",
                ),
                (!is_part(self.step), "step", self.step, "above 0 and at most 1"),
                (self.generations < 1, "generations", f64::from(self.generations), "1 or more"),
                (!is_part(self.narrowest), "narrowest", self.narrowest, "above 0 and at most 1"),
                (!is_part(self.least), "least", self.least, "above 0 and at most 1"),
            ],
        )
    }
}
