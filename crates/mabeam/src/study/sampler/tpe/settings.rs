//! What can be set about the estimator, and the defaults.

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use crate::study::sampler::settings::{self, is_part, is_positive};

/// How trials of different rungs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RungRule {
    /// All trials are in the model; one on a higher rung is better than any on a lower, and on one rung the value
    /// decides.
    HighestFirst,
    /// Only trials that have reached the highest rung with at least `points` trials are in the model, as in BOHB;
    /// among them as above.
    Largest {
        /// How many trials make a rung count.
        points: u32,
    },
}

/// How wide the kernels are on a parameter with an order; `n` kernels over `d` parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bandwidth {
    /// This part of the parameter's range times `n^(-1 / (d + 4))`.
    Range(f64),
    /// This many standard deviations of the kernels' places times `n^(-1 / (d + 4))`; 1.06 is the normal reference
    /// rule of BOHB.
    Spread(f64),
}

/// The settings of a [`TpeSampler`](super::TpeSampler).
///
/// The defaults were chosen on the digits study: 450 epochs, rungs 1, 3, 9 and 27, eta 3, two slots, seeds 101 to 140
/// plus multiples of 1,000,000, and no others, so that figures on lower seeds are figures of a study not seen before.
/// What was compared is the best validation accuracy after 27 epochs, in digits out of 357, with a standard error of
/// about 0.13. Random search reaches 343.6 on average, these settings 345.7. `gamma` from 0.1 to 0.2, 24 candidates or
/// more and a prior of 0.2 to 1 are within that error of each other. Below stands what is not, each setting changed
/// alone from a `gamma` of 0.1, 24 candidates and a bandwidth of 0.2, which reach 345.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TpeSettings {
    /// Trials with a value before the model is used; random until then. Default 8; with 20 it reached 0.3 digits less.
    pub startup: u32,
    /// The share of the trials that is called good, rounded up. Default 0.15; with 0.3 it reached 0.3 digits less.
    pub gamma: f64,
    /// The most trials that are called good. Default 25, which bounds the cost and keeps a long study selective.
    pub max_good: u32,
    /// The most trials that are called bad, and the most pending ones that are looked at, latest first: bounds the cost
    /// of a proposal. With [`RungRule::Largest`] they are those of greatest merit. Default 500.
    pub max_bad: u32,
    /// How many candidates are drawn. Default 64; the cost rises with them.
    pub candidates: u32,
    /// The weight of the even density over the whole space, where a trial's kernel weighs 1. Never 0, so that no
    /// place is out of reach. Default 1.
    pub prior_weight: f64,
    /// One density over all parameters together, or one for each alone. Default true; without it reached 0.9 digits
    /// less.
    pub multivariate: bool,
    /// The kernels' width. Default 0.3 of the range; with 0.1 it reached 0.9 digits less, and with the spread of the
    /// trials, which a few good ones make far too small, 1.5 to 4 digits less.
    pub bandwidth: Bandwidth,
    /// The least width, as a part of the range. Default 0.01, which the default bandwidth never meets.
    pub narrowest: f64,
    /// How trials of different rungs are compared. Default [`RungRule::HighestFirst`]; with [`RungRule::Largest`] it
    /// reached 0.3 to 1 digits less, as it forgets what the lower rungs say.
    pub rungs: RungRule,
}

impl Default for TpeSettings {
    fn default() -> Self {
        Self {
            startup: 8,
            gamma: 0.15,
            max_good: 25,
            max_bad: 500,
            candidates: 64,
            prior_weight: 1.0,
            multivariate: true,
            bandwidth: Bandwidth::Range(0.3),
            narrowest: 0.01,
            rungs: RungRule::HighestFirst,
        }
    }
}

impl TpeSettings {
    /// Checks that the settings make sense.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`](foundation_core::Code::InvalidStudy) names the setting, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        let width = match self.bandwidth {
            Bandwidth::Range(width) | Bandwidth::Spread(width) => width,
        };
        settings::check(
            "tpe",
            &[
                (self.startup < 1, "startup", f64::from(self.startup), "1 or more"),
                (!is_part(self.gamma), "gamma", self.gamma, "above 0 and at most 1"),
                (self.max_good < 1, "max_good", f64::from(self.max_good), "1 or more"),
                (self.max_bad < 1, "max_bad", f64::from(self.max_bad), "1 or more"),
                (
                    !(1..=1_000_000).contains(&self.candidates),
                    "candidates",
                    f64::from(self.candidates),
                    "from 1 to 1000000",
                ),
                (!is_positive(self.prior_weight), "prior_weight", self.prior_weight, "above 0 and finite"),
                (!is_positive(width), "bandwidth", width, "above 0 and finite"),
                (!is_part(self.narrowest), "narrowest", self.narrowest, "above 0 and at most 1"),
            ],
        )
    }

    /// The least number of trials of which the most allowed are good: with more, none more is.
    pub(super) fn most_good_of(&self) -> usize {
        // Far below 2^53; a tiny `gamma` ends at the largest number there is.
        (f64::from(self.max_good) / self.gamma) as usize + 1
    }

    /// How many of `n` trials are good: the share, rounded up, within the bounds.
    pub(super) fn n_good(&self, n: usize) -> usize {
        // Positive and far below 2^53: cutting is rounding down.
        let share = self.gamma * n as f64;
        let whole = share as usize;
        let rounded_up = whole + usize::from(share > whole as f64);
        rounded_up.clamp(1, self.max_good as usize)
    }
}
