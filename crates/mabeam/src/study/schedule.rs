//! Schedules: which trials go on, which wait, and which end, decided from values alone.
//!
//! A [`Schedule`] is a description: rungs, counted in epochs, and a rule. What a running study knows on them stands in
//! `Standings`, which take in what settles and answer what a slot with room does. Neither knows the log, the slots or
//! the time; the same standings give the same answer, and ties go to the trial of the lower number.
//!
//! Reading order: `rung` (the trials on one rung), `asha`, `hyperband`, `median`, `pbt` and `standings`.

mod asha;
mod hyperband;
mod median;
mod pbt;
mod population;
mod rung;
mod standings;

use std::fmt;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

pub use asha::{Asha, Halving};
pub use hyperband::Hyperband;
pub use median::MedianStopping;
pub use pbt::Pbt;
pub(in crate::study) use pbt::stream_of_child;
pub use rung::Rung;
pub(in crate::study) use standings::{Arrival, Passage, Standings};

/// The rungs of a study and the rule by which trials climb them.
///
/// Written, it is `{"hyperband":{…}}`; the bare fields of an [`Asha`], as studies of the first version have them, are
/// read too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", rename_all = "snake_case")]
pub enum Schedule {
    /// Asynchronous successive halving.
    Asha(Asha),
    /// Several of them side by side, each with its own first rung.
    Hyperband(Hyperband),
    /// A trial that is worse than the median of the completed ones ends.
    MedianStopping(MedianStopping),
    /// The weak members of a population go on from the checkpoints of the strong ones.
    Pbt(Pbt),
}

/// The forms in which a schedule is read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Named(Named),
    Bare(Asha),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Asha(Asha),
    Hyperband(Hyperband),
    MedianStopping(MedianStopping),
    Pbt(Pbt),
}

impl From<Written> for Schedule {
    fn from(written: Written) -> Self {
        match written {
            Written::Named(Named::Asha(asha)) | Written::Bare(asha) => Self::Asha(asha),
            Written::Named(Named::Hyperband(hyperband)) => Self::Hyperband(hyperband),
            Written::Named(Named::MedianStopping(median)) => Self::MedianStopping(median),
            Written::Named(Named::Pbt(pbt)) => Self::Pbt(pbt),
        }
    }
}

/// What a slot with room does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Lets a waiting trial go on from the rung it stands on.
    Promote {
        /// The trial.
        trial: u64,
        /// The rung it stands on.
        from_rung: usize,
    },
    /// Starts a trial from a strong one's checkpoint, in the place of one that is weak or failed.
    Branch {
        /// Whose place it takes.
        replaces: u64,
        /// The rung on which that one stands.
        rung: usize,
    },
    /// Starts a trial.
    Start,
    /// Nothing that is allowed fits into what is left of the budget.
    Nothing,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Asha(Asha::default())
    }
}

impl From<Asha> for Schedule {
    fn from(asha: Asha) -> Self {
        Self::Asha(asha)
    }
}

impl From<Hyperband> for Schedule {
    fn from(hyperband: Hyperband) -> Self {
        Self::Hyperband(hyperband)
    }
}

impl From<MedianStopping> for Schedule {
    fn from(median: MedianStopping) -> Self {
        Self::MedianStopping(median)
    }
}

impl From<Pbt> for Schedule {
    fn from(pbt: Pbt) -> Self {
        Self::Pbt(pbt)
    }
}

impl Schedule {
    /// Checks the rungs and the rule's settings.
    ///
    /// # Errors
    /// `InvalidStudy`, naming the setting, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Asha(asha) => asha.check(),
            Self::Hyperband(hyperband) => hyperband.check(),
            Self::MedianStopping(median) => median.check(),
            Self::Pbt(pbt) => pbt.check(),
        }
    }

    /// How many epochs a trial has had on each rung, rising. Trials of a later bracket do not stand on the first ones.
    #[must_use]
    pub fn rungs(&self) -> &[u32] {
        match self {
            Self::Asha(asha) => &asha.rungs,
            Self::Hyperband(hyperband) => &hyperband.ladder.rungs,
            Self::MedianStopping(median) => &median.rungs,
            Self::Pbt(pbt) => &pbt.rungs,
        }
    }

    /// The epochs of the last rung: what one finished trial costs.
    #[must_use]
    pub fn last_rung(&self) -> u32 {
        self.rungs().last().copied().unwrap_or(0)
    }

    /// The epochs a trial has had on `rung`.
    #[must_use]
    pub fn epochs_at(&self, rung: usize) -> u32 {
        self.rungs().get(rung).copied().unwrap_or_else(|| self.last_rung())
    }

    /// What it costs to climb from `rung` to the next one.
    #[must_use]
    pub fn cost_above(&self, rung: usize) -> u64 {
        u64::from(self.epochs_at(rung.saturating_add(1)).saturating_sub(self.epochs_at(rung)))
    }

    /// How many brackets trials are put into; 1 where there is no such thing.
    #[must_use]
    pub fn brackets(&self) -> u32 {
        match self {
            Self::Hyperband(hyperband) => hyperband.brackets,
            Self::Asha(_) | Self::MedianStopping(_) | Self::Pbt(_) => 1,
        }
    }

    /// How many epochs at the end of the budget are kept for trials that have begun.
    #[must_use]
    pub fn reserve(&self) -> u64 {
        match self {
            Self::Asha(asha) => asha.reserve,
            Self::Hyperband(hyperband) => hyperband.ladder.reserve,
            Self::MedianStopping(median) => median.reserve,
            // Its members keep together, so there is no end game.
            Self::Pbt(_) => 0,
        }
    }

    /// The smallest budget with which a trial is completed: one trial's last rung; under population-based training,
    /// whose members go on together, that of all of them.
    #[must_use]
    pub fn least_budget(&self) -> u64 {
        let members = if let Self::Pbt(pbt) = self { u64::from(pbt.population) } else { 1 };
        members * u64::from(self.last_rung())
    }

    /// Whether trials go on from each other's checkpoints, which only a trainer has.
    #[must_use]
    pub fn needs_checkpoints(&self) -> bool {
        matches!(self, Self::Pbt(_))
    }

    /// The same schedule for trials that can wait, or for such that cannot.
    pub(in crate::study) fn with_halving(mut self, halving: Halving) -> Self {
        match &mut self {
            Self::Asha(asha) => asha.halving = halving,
            Self::Hyperband(hyperband) => hyperband.ladder.halving = halving,
            // The trials of the one never wait, those of the other always do.
            Self::MedianStopping(_) | Self::Pbt(_) => {}
        }
        self
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asha(asha) => asha.fmt(f),
            Self::Hyperband(hyperband) => hyperband.fmt(f),
            Self::MedianStopping(median) => median.fmt(f),
            Self::Pbt(pbt) => pbt.fmt(f),
        }
    }
}

fn wrong<T>(what: String) -> Result<T> {
    Err(Error::new(Code::InvalidStudy, format!("schedule: {what}")))
}

/// Checks that there are rungs and that they rise.
fn check_rungs(rungs: &[u32]) -> Result<()> {
    match rungs {
        [] => wrong("`rungs` is empty".to_owned()),
        [0, ..] => wrong(format!("`rungs` are {rungs:?}; they have to rise, from at least 1")),
        _ if rungs.windows(2).any(|pair| pair[0] >= pair[1]) => {
            wrong(format!("`rungs` are {rungs:?}; they have to rise, from at least 1"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
