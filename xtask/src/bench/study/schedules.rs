//! What the schedules reach with the same budget: halving, several halvings, stopping below the median, and training
//! each trial to its end, all with the same sampler; and a population, whose first members are drawn at random.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use mabeam::{Asha, Hyperband, MedianStopping, Pbt, RandomSampler, Sampler, Schedule, TpeSampler};

use super::reached::{Reached, run_untested};
use crate::bench::row::{Better, Row};
use crate::console::Console;
use crate::failure::Failure;
use crate::run::digits_study::{self, Settings};

/// What a network's weights depend on, so that a member of a population goes on with its parent's.
const OF_THE_NETWORK: [&str; 2] = ["hidden", "act"];

/// Measures each schedule with `epochs`.
pub(super) fn measure(
    epochs: u64,
    folder: &Path,
    seeds: RangeInclusive<u64>,
    console: Console,
) -> Result<Vec<Row>, Failure> {
    let last = Asha::default().last_rung();
    let single = Asha::single_rung(last);
    // As many members as the budget brings to the last rung.
    let population = u32::try_from(epochs / u64::from(last)).unwrap_or(u32::MAX);
    let pbt = Pbt { population, fixed: OF_THE_NETWORK.map(str::to_owned).into(), ..Pbt::default() };
    let tpe: Arc<dyn Sampler> = Arc::new(TpeSampler::default());
    let cases: [(&str, Schedule, Arc<dyn Sampler>); 5] = [
        ("asha", Asha::default().into(), Arc::clone(&tpe)),
        ("hyperband", Hyperband::default().into(), Arc::clone(&tpe)),
        ("median", MedianStopping::default().into(), Arc::clone(&tpe)),
        // A population is drawn at once, before anything is known.
        ("pbt", pbt.into(), Arc::new(RandomSampler)),
        ("none", single.into(), tpe),
    ];
    let mut rows = Vec::new();
    for (name, schedule, sampler) in cases {
        let mut all = Vec::new();
        for seed in seeds.clone() {
            let settings = Settings { seed, budget: Some(epochs), critics: false, ..Settings::default() };
            let study = digits_study::described(&settings)?.scheduler(schedule.clone()).sampler(Arc::clone(&sampler));
            all.push(run_untested(folder, &settings, study)?);
        }
        rows.extend(told(name, epochs, &all, console));
    }
    Ok(rows)
}

fn told(name: &str, epochs: u64, all: &[Reached], console: Console) -> Vec<Row> {
    let of = |value: fn(&Reached) -> f64| all.iter().map(value).collect::<Vec<f64>>();
    let row = |figure: &str, unit, better, value| {
        Row::of(format!("schedule/{name}/{epochs}/{figure}"), unit, better, &of(value), None)
    };
    let rows = vec![
        row("val_median", "rows of 357", Better::Higher, |reached| reached.validation_rows),
        row("trials_median", "trials", Better::Higher, |reached| reached.trials),
        row("epochs_median", "epochs", Better::Lower, |reached| reached.epochs),
    ];
    let values = of(|reached| reached.validation_rows);
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    console.line(format!(
        "schedule {name:<10} {epochs:>5} epochs: mean {mean:.2}, median {:.1}, least {least} of 357 rows with {:.0} trials",
        rows[0].ours, rows[1].ours
    ));
    rows
}
