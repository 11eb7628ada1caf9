//! What the programs of a study wrote, as it is kept in the study's folder: how far each attempt at each trial came.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::EPOCHS;

/// A line of the program.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Step { step: u32 },
    Test { test: f64 },
}

/// What one attempt wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Attempt {
    /// The epochs that it trained.
    pub(super) epochs: u32,
    /// The share of the test digits, which it says at its end.
    pub(super) test: Option<f64>,
}

impl Attempt {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.fold(Self::default(), |so_far, line| match line {
            Line::Step { step } => Self { epochs: so_far.epochs.max(step), ..so_far },
            Line::Test { test } => Self { test: Some(test), ..so_far },
        })
    }
}

/// The folder of a trial's output.
pub(super) fn folder_of(output: &Path, trial: u64) -> PathBuf {
    output.join(format!("trial-{trial}"))
}

/// The attempts at a trial, the first one first.
pub(super) fn attempts(output: &Path, trial: u64) -> Vec<Attempt> {
    let file = |attempt: u32| folder_of(output, trial).join(format!("attempt-{attempt}")).join("stdout.txt");
    let texts = (1..).map_while(|attempt| fs::read(file(attempt)).ok());
    texts.map(|text| Attempt::read(&String::from_utf8_lossy(&text))).collect()
}

/// How far the attempt at work has come; none before it began.
pub(super) fn epochs_of_last(output: &Path, trial: u64) -> u32 {
    attempts(output, trial).last().map_or(0, |attempt| attempt.epochs)
}

/// The epochs of all attempts, and those of them that were trained in vain: the trials that are `told` needed the last
/// attempt alone, the others none.
pub(super) fn epochs(attempts: &BTreeMap<u64, Vec<Attempt>>, told: impl Fn(u64) -> bool) -> (u64, u64) {
    let (mut all, mut in_vain) = (0, 0);
    for (trial, attempts) in attempts {
        let trained: u64 = attempts.iter().map(|attempt| u64::from(attempt.epochs)).sum();
        let needed = attempts.last().filter(|_| told(*trial)).map_or(0, |last| u64::from(last.epochs.min(EPOCHS)));
        all += trained;
        in_vain += trained - needed;
    }
    (all, in_vain)
}

#[cfg(test)]
mod tests;
