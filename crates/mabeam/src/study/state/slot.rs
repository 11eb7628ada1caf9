//! A slot: one piece of work at a time, and a clock that counts epochs.

use super::super::event::Reported;

/// A piece of work: bringing a trial to its next rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The trial.
    pub trial: u64,
    /// The rung it is to reach.
    pub rung: usize,
    /// How many epochs it has had.
    pub from_epoch: u32,
    /// How many it will have had.
    pub to_epoch: u32,
}

impl Job {
    /// How many epochs it takes.
    #[must_use]
    pub fn cost(&self) -> u64 {
        u64::from(self.to_epoch - self.from_epoch)
    }
}

/// One of a study's slots.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    /// It has to decide what to do next.
    Free {
        /// Its time.
        at: u64,
        /// The trial that it goes on with, because that one cannot wait.
        trial: Option<u64>,
    },
    /// It has work.
    Busy {
        /// When it was given the work.
        at: u64,
        /// When the work ends: after as many units of time as it has epochs, in a simulation after what it takes there.
        until: u64,
        /// The work.
        job: Job,
        /// What was reported, until it is due to be seen.
        report: Option<Reported>,
    },
}

impl Slot {
    /// The slot's time: when its work ends, or when it decides.
    #[must_use]
    pub fn time(&self) -> u64 {
        match self {
            Self::Free { at, .. } => *at,
            Self::Busy { until, .. } => *until,
        }
    }

    /// The work that nobody has reported on.
    #[must_use]
    pub fn open_job(&self) -> Option<&Job> {
        match self {
            Self::Busy { job, report: None, .. } => Some(job),
            _ => None,
        }
    }

    pub(super) fn keep(&mut self, kept: u64) {
        if let Self::Free { trial, .. } = self {
            *trial = Some(kept);
        }
    }
}

/// What has to happen next, in the study's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A report settles.
    Report(usize),
    /// A slot decides.
    Decision(usize),
    /// A slot's work has to be reported first.
    Work,
}

/// Finds what is due: the earliest slot; among equal times work before decisions, then by number. So a decision sees
/// every piece of work that ends no later than it falls.
pub(super) fn due(slots: &[Slot]) -> Option<Due> {
    let is_free = |slot: &Slot| matches!(slot, Slot::Free { .. });
    let (index, slot) = slots.iter().enumerate().min_by_key(|(index, slot)| (slot.time(), is_free(slot), *index))?;
    Some(match slot {
        Slot::Free { .. } => Due::Decision(index),
        Slot::Busy { report: Some(_), .. } => Due::Report(index),
        Slot::Busy { report: None, .. } => Due::Work,
    })
}
