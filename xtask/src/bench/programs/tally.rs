//! What became of the trials: told once each, or lost.

use std::collections::BTreeMap;

use mabeam::{Outcome, StudyEvent};

use super::rows_of;

/// The end of a trial: its right answers of 357, or none where it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) trial: u64,
    pub(super) rows: Option<u32>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Trials of the study that have an end in its log.
    pub(super) told: u64,
    /// Ends beyond the first of a trial, and ends of trials that nobody asked for.
    pub(super) too_many: u64,
    /// Trials without an end.
    pub(super) missing: u64,
    /// Trials whose end is a failure.
    pub(super) failed: u64,
    /// Ends that were acknowledged and are not in the log, or otherwise.
    pub(super) lost: u64,
}

impl Tally {
    /// Whether each trial was told once, with a value, and nothing was lost.
    pub(super) fn is_whole(self) -> bool {
        self.too_many + self.missing + self.failed + self.lost == 0
    }
}

/// The ends of trials in a study's log, where a trial has one rung.
pub(super) fn ends<'a>(events: impl IntoIterator<Item = &'a StudyEvent>) -> Vec<Told> {
    let reported = events.into_iter().filter_map(|event| match event {
        StudyEvent::Reported(reported) => Some(reported),
        _ => None,
    });
    let told = reported.map(|reported| {
        let rows = match reported.outcome {
            Outcome::Reached { value, .. } => Some(rows_of(value)),
            Outcome::Failed(_) => None,
        };
        Told { trial: reported.trial, rows }
    });
    told.collect()
}

/// Counts a study of `trials` trials that ended as `ends`, of which `acknowledged` had been told before.
pub(super) fn tally(trials: u64, acknowledged: &[Told], ends: &[Told]) -> Tally {
    let mut by_trial: BTreeMap<u64, Vec<Option<u32>>> = BTreeMap::new();
    for end in ends {
        by_trial.entry(end.trial).or_default().push(end.rows);
    }
    let told = by_trial.range(..trials).count() as u64;
    let has = |one: &Told| by_trial.get(&one.trial).is_some_and(|rows| rows.contains(&one.rows));
    let mut lost: Vec<u64> = acknowledged.iter().filter(|one| !has(one)).map(|one| one.trial).collect();
    lost.sort_unstable();
    lost.dedup();
    Tally {
        told,
        too_many: ends.len() as u64 - told,
        missing: trials - told,
        failed: ends.iter().filter(|end| end.rows.is_none()).count() as u64,
        lost: lost.len() as u64,
    }
}

#[cfg(test)]
mod tests;
