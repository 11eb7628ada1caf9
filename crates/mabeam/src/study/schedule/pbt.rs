//! Population-based training: the weak members of a population go on from the checkpoints of the strong ones, with
//! parameters near theirs.
//!
//! Source: Jaderberg et al., "Population Based Training of Neural Networks", 2017, with truncation selection
//! (section 4.1.1) and perturbation by 0.8 or 1.2, or resampling. Where the paper lets a member take over weights and
//! parameters of another, a *new trial* begins here from the other's checkpoint and the weak one ends, so that a trial
//! has one set of parameters and the log tells who descends from whom.
//!
//! Members are compared on the same rung, so after as many epochs. Each place of the population passes each rung once,
//! and whoever has had fewest epochs goes on first: the population stays together whatever the number of slots.

mod explore;

use std::fmt;

use foundation_core::Result;
use serde::{Deserialize, Serialize};

use super::asha::written;
use super::{Rung, check_rungs, wrong};
pub(in crate::study) use explore::stream_of_child;

/// A population, when its members are compared, and how the weak ones are replaced.
///
/// It needs a trainer that can go on from a checkpoint with other parameters than those it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pbt {
    /// How many members there are. Default 10.
    pub population: u32,
    /// After how many epochs members are compared, rising; at the last one they are completed. Default each 3 to 27.
    pub rungs: Vec<u32>,
    /// How large the bottom and the top of the population are, in percent; rounded down to whole members. Default 20.
    pub share_percent: u32,
    /// How often a parameter is drawn anew instead of being moved, in percent. Default 25.
    pub resample_percent: u32,
    /// Parameters that a checkpoint depends on, such as the sizes of layers: a child has its parent's. Default none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
}

impl Default for Pbt {
    fn default() -> Self {
        Self {
            population: 10,
            rungs: (1..=9).map(|interval| 3 * interval).collect(),
            share_percent: 20,
            resample_percent: 25,
            fixed: Vec::new(),
        }
    }
}

impl Pbt {
    /// Checks the settings.
    ///
    /// # Errors
    /// `InvalidStudy` where there are no rungs, they do not rise from at least 1, a share is no percentage, bottom and
    /// top overlap, or the population is so small that its bottom is empty.
    pub fn check(&self) -> Result<()> {
        check_rungs(&self.rungs)?;
        if self.share_percent > 50 {
            return wrong(format!("`share_percent` is {}; bottom and top overlap above 50", self.share_percent));
        }
        if self.resample_percent > 100 {
            return wrong(format!("`resample_percent` is {}, at most 100 is possible", self.resample_percent));
        }
        if self.share(self.population as usize) == 0 {
            return wrong(format!(
                "`population` is {} and `share_percent` {}: nobody would ever be replaced; {} members are the least",
                self.population,
                self.share_percent,
                if self.share_percent == 0 {
                    "with a share above 0, 100 / share".to_owned()
                } else {
                    100_u32.div_ceil(self.share_percent).to_string()
                },
            ));
        }
        Ok(())
    }

    /// How many of `members` are the bottom, and the top.
    fn share(&self, members: usize) -> usize {
        members * self.share_percent as usize / 100
    }

    /// Whether a member is among the worst of those that have reached a rung.
    #[must_use]
    pub fn is_weak(&self, rung: &Rung, trial: u64, value: f64) -> bool {
        let members = rung.len();
        rung.rank(trial, value) + self.share(members) >= members
    }

    /// The best of those that have reached a rung, best first: those whom a child may descend from, unless they
    /// `is_lost`. With `at_least_one` the best of all, where the top is empty.
    #[must_use]
    pub(super) fn strong(&self, rung: &Rung, is_lost: impl Fn(u64) -> bool, at_least_one: bool) -> Vec<u64> {
        let top = self.share(rung.len()).max(usize::from(at_least_one));
        let strong = rung.in_order().into_iter().map(|standing| standing.trial).filter(|trial| !is_lost(*trial));
        strong.take(top).collect()
    }
}

impl fmt::Display for Pbt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pbt({} members, rungs {}, bottom {} %, resample {} %",
            self.population,
            written(&self.rungs),
            self.share_percent,
            self.resample_percent
        )?;
        if !self.fixed.is_empty() {
            write!(f, ", fixed {}", self.fixed.join(" "))?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests;
