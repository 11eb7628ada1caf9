//! What the binary told of its study on standard output: a line for each trial whose end was acknowledged.

use super::super::rows_of;
use super::super::tally::Told;

/// The ends of trials that a life of the binary told.
pub(super) fn read(text: &str) -> Vec<Told> {
    text.lines().filter_map(line).collect()
}

/// `trial  12   27 epochs  0.9608  agent 1`, or `trial  12  failed before` and more; a line that the kill cut off tells
/// nothing.
fn line(line: &str) -> Option<Told> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["trial", trial, _, "epochs", value, "agent", ..] => {
            Some(Told { trial: trial.parse().ok()?, rows: Some(rows_of(value.parse().ok()?)) })
        }
        ["trial", trial, "failed", ..] => Some(Told { trial: trial.parse().ok()?, rows: None }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
