//! What the tables say together: means, ranks, and whether a difference could be chance.

use mabeam_tables::{SignedRank, wilcoxon};

use super::super::row::Row;
use super::replay::SEEDS;
use super::suite::HELD_OUT;
use crate::console::Console;

/// The tuners that are ours, which come before the peers.
pub(super) const OWN: [&str; 2] = ["ours", "random"];

/// What was found on one table, by tuner.
pub(super) struct Found {
    pub(super) name: String,
    /// The mean over the seeds.
    pub(super) regrets: Vec<f64>,
    /// The mean over the seeds.
    pub(super) ranks: Vec<f64>,
    /// The smallest and the largest of ours over the seeds.
    pub(super) spread: [f64; 2],
}

impl Found {
    fn is_held_out(&self) -> bool {
        HELD_OUT.contains(&self.name.as_str())
    }
}

/// Prints a line a table, then what they say together.
pub(super) fn tell(found: &[Found], names: &[&str], console: Console) {
    let head: String = names.iter().map(|name| format!("{name:>25}")).collect();
    console.line(format!("{:34}{head}   mean regret over {} seeds", "table", SEEDS.count()));
    for one in found {
        let regrets: String = one.regrets.iter().map(|regret| format!("{regret:>25.4}")).collect();
        let note = if one.is_held_out() { "" } else { "   settings were chosen on it" };
        console.line(format!("{:34}{regrets}{note}", one.name));
    }
    for (at, name) in names.iter().enumerate().skip(1) {
        let (Some(test), Some(ours), Some(theirs)) =
            (signed_rank(found, at), mean(found, 0, |one| &one.regrets), mean(found, at, |one| &one.regrets))
        else {
            continue;
        };
        console.line(format!(
            "On the 8 tables held out the mean regret is {ours:.4}, that of {name} {theirs:.4}: {:.0} % less; Wilcoxon's \
             signed ranks {} against {}, p = {:.4}.",
            (1.0 - ours / theirs) * 100.0,
            test.second_larger,
            test.first_larger,
            test.p
        ));
    }
}

/// The rows: over the tables held out, and of each table.
pub(super) fn rows(found: &[Found], names: &[&str]) -> Vec<Row> {
    // The first peer is the one that is compared with; without it, random search.
    let peer = if names.len() > OWN.len() { OWN.len() } else { 1 };
    let mut rows = Vec::new();
    for (at, name) in names.iter().enumerate().skip(1) {
        let tag = name.replace(' ', "_");
        let suffix = if at == peer { String::new() } else { format!("/{tag}") };
        let mut over = |row: &str, unit: &str, of: fn(&Found) -> &Vec<f64>| {
            if let (Some(ours), Some(theirs)) = (mean(found, 0, of), mean(found, at, of)) {
                let spread = range(found.iter().filter(|one| one.is_held_out()).map(|one| of(one)[0]));
                rows.push(row_of(format!("{row}{suffix}"), unit, ours, name, theirs, spread));
            }
        };
        over("regret_tables", "of the median's", |one| &one.regrets);
        over("rank_tables", "mean rank", |one| &one.ranks);
        if let Some(test) = signed_rank(found, at) {
            rows.push(Row {
                name: format!("p_tables{suffix}"),
                ours: test.p,
                peer_name: Some((*name).to_owned()),
                peer: None,
                ratio: None,
                unit: "two-sided".to_owned(),
                runs: test.pairs,
                spread: [test.p, test.p],
            });
        }
    }
    for one in found {
        let kind = if one.is_held_out() { "regret" } else { "regret_chosen_on" };
        let (name, theirs) = (names[peer], one.regrets[peer]);
        let row = format!("{kind}/{}", one.name);
        rows.push(row_of(row, "of the median's", one.regrets[0], name, theirs, one.spread));
    }
    rows
}

/// The mean of one tuner over the tables held out.
fn mean(found: &[Found], tuner: usize, of: fn(&Found) -> &Vec<f64>) -> Option<f64> {
    let values: Vec<f64> =
        found.iter().filter(|one| one.is_held_out()).filter_map(|one| of(one).get(tuner).copied()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Ours against another tuner, paired over the tables held out.
fn signed_rank(found: &[Found], tuner: usize) -> Option<SignedRank> {
    let held_out = found.iter().filter(|one| one.is_held_out());
    let pairs: Vec<(f64, f64)> = held_out.map(|one| (one.regrets[0], one.regrets[tuner])).collect();
    wilcoxon(&pairs)
}

fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], one| [low.min(one), high.max(one)])
}

/// A row of means, where less is better.
fn row_of(name: String, unit: &str, ours: f64, peer: &str, theirs: f64, spread: [f64; 2]) -> Row {
    Row {
        name,
        ours,
        peer_name: Some(peer.to_owned()),
        peer: Some(theirs),
        ratio: Some(theirs / ours),
        unit: unit.to_owned(),
        runs: SEEDS.count(),
        spread,
    }
}

#[cfg(test)]
mod tests;
