//! What all seeds say together.

use std::fmt;

use super::super::optuna;
use super::super::row::{Better, Row, median};
use super::super::study::Reached;
use super::tally::Tally;
use super::{Outcome, TRIALS};

/// The head of the table.
pub(super) const HEAD: &str =
    "seed  who         validation rows of 357    test  epochs  in vain  kills  lost  left over";

/// Everything that was measured, a seed after the other.
#[derive(Default)]
pub(super) struct Found {
    pub(super) peer: Vec<Reached>,
    pub(super) exec: Vec<Outcome>,
    pub(super) client: Vec<Outcome>,
}

impl Found {
    fn ways(&self) -> [(&'static str, &[Outcome]); 2] {
        [("exec", &self.exec), ("client", &self.client)]
    }
}

/// One figure of a study.
type Figure = fn(&Outcome) -> f64;

/// A line of the table.
pub(super) fn line(seed: u64, who: &str, found: &Outcome) -> String {
    format!(
        "{seed:>4}  {who:<10} {:>23}  {:>6.4}  {:>6}  {:>7}  {:>5}  {:>4}  {:>9}",
        found.rows, found.test, found.epochs, found.in_vain, found.kills, found.tally.lost, found.left_over
    )
}

/// The peer's line of the table; nobody kills it.
pub(super) fn peer_line(seed: u64, found: &Reached) -> String {
    let (rows, test, epochs) = (found.validation_rows, found.test, found.epochs);
    format!(
        "{seed:>4}  {:<10} {rows:>23}  {test:>6.4}  {epochs:>6}  {:>7}  {:>5}  {:>4}  {:>9}",
        optuna::NAME,
        0,
        0,
        "-",
        "-"
    )
}

/// Whether something is as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) is_kept: bool,
    what: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.is_kept { "kept  " } else { "MISSED" }, self.what)
    }
}

/// Says of each way whether it keeps what is asked for.
pub(super) fn judge(found: &Found) -> Vec<Line> {
    let peer: Vec<f64> = found.peer.iter().map(|reached| reached.validation_rows).collect();
    let measured = found.ways().into_iter().filter(|(_, outcomes)| !outcomes.is_empty());
    measured.flat_map(|(way, outcomes)| judge_way(way, outcomes, &peer)).collect()
}

fn judge_way(way: &str, found: &[Outcome], peer: &[f64]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |is_kept: bool, what: String| lines.push(Line { is_kept, what: format!("{way}: {what}") });
    let middle = median(&found.iter().map(|outcome| outcome.rows).collect::<Vec<_>>());
    let (least, most) = (fold(peer, f64::INFINITY, f64::min), fold(peer, f64::NEG_INFINITY, f64::max));
    if peer.is_empty() {
        say(false, format!("median {middle:.1} of 357 rows, and no Optuna to compare with"));
    } else {
        let theirs = median(peer);
        say(
            middle >= least,
            format!("median {middle:.1} of 357 rows, Optuna's {theirs:.1} with a band of {least:.0} to {most:.0}"),
        );
    }
    let sum = |of: fn(&Tally) -> u64| found.iter().map(|outcome| of(&outcome.tally)).sum::<u64>();
    let wanted = TRIALS * found.len() as u64;
    say(
        found.iter().all(|outcome| outcome.tally.is_whole()),
        format!(
            "{} of {wanted} trials told, {} once too often, {} failed, {} acknowledged and lost",
            sum(|tally| tally.told),
            sum(|tally| tally.too_many),
            sum(|tally| tally.failed),
            sum(|tally| tally.lost),
        ),
    );
    let kills: u32 = found.iter().map(|outcome| outcome.kills).sum();
    let in_mid_trial: u32 = found.iter().map(|outcome| outcome.in_mid_trial).sum();
    let left: usize = found.iter().map(|outcome| outcome.left_over).sum();
    let slowest = found.iter().map(|outcome| outcome.slowest).max().unwrap_or_default();
    say(
        left == 0 && in_mid_trial > 0,
        format!(
            "{left} processes left over after {kills} kills, {in_mid_trial} of them in mid-trial; the others were gone \
             {:.2} s after a kill or the end at the latest",
            slowest.as_secs_f64()
        ),
    );
    let handed: Vec<(usize, usize)> = found.iter().filter_map(|outcome| outcome.handed_on).collect();
    if !handed.is_empty() {
        let (on, of) = handed.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        say(on == of && of > 0, format!("{on} of {of} trials of killed workers were handed on to another worker"));
    }
    lines
}

fn fold(values: &[f64], from: f64, with: fn(f64, f64) -> f64) -> f64 {
    values.iter().copied().fold(from, with)
}

/// The rows.
pub(super) fn rows(found: &Found) -> Vec<Row> {
    let mut rows = Vec::new();
    let peer = |of: fn(&Reached) -> f64| found.peer.iter().map(of).collect::<Vec<f64>>();
    let compared: [(&str, &str, Figure, Vec<f64>); 2] = [
        ("val_median", "rows of 357", |outcome| outcome.rows, peer(|reached| reached.validation_rows)),
        ("test_median", "share", |outcome| outcome.test, peer(|reached| reached.test)),
    ];
    let counted: [(&str, &str, Figure); 7] = [
        ("epochs", "epochs", |outcome| outcome.epochs as f64),
        ("epochs_in_vain", "epochs", |outcome| outcome.in_vain as f64),
        ("kills", "kills", |outcome| f64::from(outcome.kills)),
        ("told", "trials", |outcome| outcome.tally.told as f64),
        ("lost", "trials", |outcome| outcome.tally.lost as f64),
        ("told_too_often", "trials", |outcome| outcome.tally.too_many as f64),
        ("left_over", "processes", |outcome| outcome.left_over as f64),
    ];
    for (way, outcomes) in found.ways() {
        let values = |of: Figure| outcomes.iter().map(of).collect::<Vec<f64>>();
        for (name, unit, of, theirs) in &compared {
            let name = format!("programs/{way}/{name}");
            rows.push(Row::of(name, unit, Better::Higher, &values(*of), Some((optuna::NAME, theirs))));
        }
        for (name, unit, of) in counted {
            rows.push(Row::of(format!("programs/{way}/{name}"), unit, Better::Lower, &values(of), None));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
