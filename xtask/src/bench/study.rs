//! Group `study`: what the main job reaches and costs, over fixed seeds.
//!
//! The settings of the samplers were chosen on seeds 101 to 140 and no others; the seeds here, 1 to 60, had no say.

mod ablation;
mod bootstrap;
mod reached;
mod schedules;
mod verdict;

use std::path::Path;
use std::sync::Arc;

use mabeam::{Sampler, by_name};

use super::optuna::{self, Optuna};
use super::overhead;
use super::row::{Better, Row};
use crate::console::Console;
use crate::failure::Failure;
use crate::run::digits_study::{self, Settings};
pub(super) use reached::{Reached, clear, run};
use verdict::{BARS, Bar};

/// The seeds, all of which are shown.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=60;
/// The last seed on which the peer runs too, and the ablation.
const LAST_OF_PEERS: u64 = 20;
/// The single samplers that the team is compared with.
const SINGLE: [&str; 2] = ["gp", "tpe"];

/// Measures the group.
pub(super) fn measure(peers: bool, console: Console) -> Result<Vec<Row>, Failure> {
    let folder = std::env::temp_dir().join(format!("foundation-bench-study-{}", std::process::id()));
    let optuna = if peers { Optuna::find(console) } else { None };
    let mut rows = Vec::new();
    console.line("epochs  seed  sampler         validation rows of 357    test  epochs  CPU s");
    for bar in &BARS {
        rows.extend(budget(bar, &folder, optuna.as_ref(), console)?);
    }
    rows.extend(ablation::measure(&folder, 1..=LAST_OF_PEERS, console)?);
    for bar in &BARS {
        rows.extend(schedules::measure(bar.epochs, &folder, 1..=LAST_OF_PEERS, console)?);
    }
    rows.extend(overhead::measure(&folder, optuna.as_ref())?);
    Ok(rows)
}

/// The studies of one budget.
fn budget(bar: &Bar, folder: &Path, optuna: Option<&Optuna>, console: Console) -> Result<Vec<Row>, Failure> {
    let is_main = bar.epochs == BARS[0].epochs;
    let tell = |seed: u64, sampler: &str, reached: &Reached| {
        console.line(format!(
            "{:>6}  {seed:>4}  {sampler:<14} {:>4}  {:>20.4}  {:>6}  {:>5.2}",
            bar.epochs, reached.validation_rows, reached.test, reached.epochs, reached.cpu_s
        ));
    };
    let (mut team, mut random) = (Vec::new(), Vec::new());
    let (mut peer, mut peer_random) = (Vec::new(), Vec::new());
    let mut single: [Vec<Reached>; SINGLE.len()] = Default::default();
    for seed in SEEDS {
        let settings = Settings { seed, budget: Some(bar.epochs), critics: false, ..Settings::default() };
        let measure = |name: &str, study, all: &mut Vec<Reached>| -> Result<(), Failure> {
            let reached = run(folder, &settings, study)?;
            tell(seed, name, &reached);
            all.push(reached);
            Ok(())
        };
        measure("team", digits_study::study(&settings)?, &mut team)?;
        for (name, all) in SINGLE.into_iter().zip(&mut single) {
            let sampler: Arc<dyn Sampler> = by_name(name)?;
            measure(name, digits_study::described(&settings)?.sampler(sampler), all)?;
        }
        if is_main && seed <= LAST_OF_PEERS {
            measure("random", digits_study::random_study(&settings)?, &mut random)?;
            if let Some(optuna) = optuna {
                for (name, all) in [("tpe", &mut peer), ("random", &mut peer_random)] {
                    let reached = optuna.study(name, seed)?;
                    tell(seed, &format!("optuna {name}"), &reached);
                    all.push(reached);
                }
            }
        }
    }
    judge(bar, &team, &single, console);
    let prefix = if is_main { String::new() } else { format!("budget/{}/", bar.epochs) };
    let mut rows = rows(&prefix, &team, &peer);
    for (name, all) in SINGLE.into_iter().zip(&single) {
        rows.extend(self::rows(&format!("{prefix}sampler/{name}/"), all, &[]));
    }
    if is_main {
        rows.extend(self::rows("sampler/random/", &random, &peer_random));
    }
    rows.push(difference(&prefix, &team, &single));
    Ok(rows)
}

/// Says of each bar whether it is kept, over the first 20 seeds and over the others.
fn judge(bar: &Bar, team: &[Reached], single: &[Vec<Reached>], console: Console) {
    let (first, others) = team.split_at(team.len().min(LAST_OF_PEERS as usize));
    for (seeds, some) in [("1 to 20", first), ("21 to 60", others)] {
        for verdict in bar.verdicts(seeds, some) {
            console.line(verdict.to_string());
        }
    }
    let (name, low, mean) = against_best(team, single);
    console.line(verdict::beside_single(bar.epochs, team.len(), name, low, mean).to_string());
}

/// The best single sampler, and what the team reaches beside it: the lower 95 % bound, and the mean.
fn against_best(team: &[Reached], single: &[Vec<Reached>]) -> (&'static str, f64, f64) {
    let sum = |all: &[Reached]| all.iter().map(|reached| reached.validation_rows).sum::<f64>();
    let best = (0..SINGLE.len()).max_by(|one, two| sum(&single[*one]).total_cmp(&sum(&single[*two]))).unwrap_or(0);
    let pairs = team.iter().zip(&single[best]);
    let differences: Vec<f64> = pairs.map(|(ours, other)| ours.validation_rows - other.validation_rows).collect();
    let mean = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
    (SINGLE[best], bootstrap::lower_bound(&differences), mean)
}

fn difference(prefix: &str, team: &[Reached], single: &[Vec<Reached>]) -> Row {
    let (name, low, mean) = against_best(team, single);
    let name = format!("{prefix}team_minus_{name}_mean");
    Row { spread: [low, f64::NAN], runs: team.len(), ..Row::of(name, "rows of 357", Better::Higher, &[mean], None) }
}

fn rows(prefix: &str, ours: &[Reached], peer: &[Reached]) -> Vec<Row> {
    let row = |name: &str, unit, better, of: fn(&Reached) -> f64| {
        // Beside the peer only the seeds on which it ran.
        let ours = if peer.is_empty() { ours } else { &ours[..peer.len().min(ours.len())] };
        let (ours, peer): (Vec<f64>, Vec<f64>) = (ours.iter().map(of).collect(), peer.iter().map(of).collect());
        Row::of(format!("{prefix}{name}"), unit, better, &ours, Some((optuna::NAME, &peer)))
    };
    vec![
        row("val_median", "rows of 357", Better::Higher, |reached| reached.validation_rows),
        row("test_median", "share", Better::Higher, |reached| reached.test),
        row("epochs_median", "epochs", Better::Lower, |reached| reached.epochs),
        row("cpu_s_median", "s", Better::Lower, |reached| reached.cpu_s),
    ]
}
