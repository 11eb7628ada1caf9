//! What the workers say: which trial each trains, how far it is, and what the server has acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::super::rows_of;
use super::super::tally::Told;
use crate::failure::Failure;

/// A line of a worker.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    /// The server has taken a report in.
    Step { trial: u64, step: u32 },
    /// The server has taken the trial's end in, or had it before.
    Told { told: u64, value: Option<f64>, recorded: String },
}

/// Reads a file that grows.
pub(super) struct Ear {
    file: File,
    /// The beginning of a line that has no end yet.
    begun: Vec<u8>,
}

impl Ear {
    pub(super) fn at(file: &Path) -> Result<Self, Failure> {
        let file = File::open(file).map_err(|error| Failure::io("open", file, &error))?;
        Ok(Self { file, begun: Vec::new() })
    }

    /// The lines that have become whole since the last time.
    pub(super) fn lines(&mut self) -> Result<Vec<String>, Failure> {
        let read = self.file.read_to_end(&mut self.begun);
        read.map_err(|error| Failure::new(format!("read what a worker says: {error}")))?;
        let end = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole: Vec<u8> = self.begun.drain(..end).collect();
        Ok(String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect())
    }
}

/// Everything that was said so far.
#[derive(Default)]
pub(super) struct Course {
    /// Who spoke of a trial last, and after how many epochs.
    last: BTreeMap<u64, (usize, u32)>,
    /// Who trained which trial.
    trained_by: BTreeSet<(u64, usize)>,
    trained: u64,
    acknowledged: Vec<Told>,
}

impl Course {
    /// Takes a line of a worker in; one that is none of ours means nothing.
    pub(super) fn hear(&mut self, worker: usize, line: &str) {
        match serde_json::from_str(line) {
            Ok(Line::Step { trial, step }) => {
                self.last.insert(trial, (worker, step));
                self.trained_by.insert((trial, worker));
                self.trained += 1;
            }
            Ok(Line::Told { told, value, recorded }) if recorded != "not_needed" => {
                self.acknowledged.push(Told { trial: told, rows: value.map(rows_of) });
            }
            Ok(Line::Told { .. }) | Err(_) => {}
        }
    }

    /// How far whoever has the trial is.
    pub(super) fn epochs_of(&self, trial: u64) -> u32 {
        self.last.get(&trial).map_or(0, |(_, step)| *step)
    }

    /// Who spoke of the trial last.
    pub(super) fn holder(&self, trial: u64) -> Option<usize> {
        self.last.get(&trial).map(|(worker, _)| *worker)
    }

    /// The epochs of all workers.
    pub(super) fn trained(&self) -> u64 {
        self.trained
    }

    pub(super) fn acknowledged(&self) -> &[Told] {
        &self.acknowledged
    }

    /// How many of these workers' trials another worker has trained, too, and told.
    pub(super) fn handed_on(&self, killed: &[(usize, u64)]) -> usize {
        let is_told = |trial: &u64| self.acknowledged.iter().any(|told| told.trial == *trial);
        let by_others = |(worker, trial): &&(usize, u64)| {
            self.trained_by.range((*trial, 0)..=(*trial, usize::MAX)).any(|(_, by)| by != worker) && is_told(trial)
        };
        killed.iter().filter(by_others).count()
    }
}

#[cfg(test)]
mod tests;
