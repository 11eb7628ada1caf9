//! What the tuner itself costs: studies of an objective that costs nothing, five floats each.

use std::path::Path;

use mabeam::{RandomSampler, Sampler, SearchSpace, Study, TpeSampler};

use super::optuna::{self, Optuna, Overhead};
use super::row::{Better, Row};
use super::study::clear;
use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::failure::Failure;
use crate::run::resources::Usage;

/// Rounds of each case; the median counts.
const ROUNDS: usize = 9;
/// Trials of a study with random search.
const RANDOM_TRIALS: u64 = 5_000;
/// Trials of a study with TPE: its cost grows with what it knows, so the figure is of this many.
const TPE_TRIALS: u64 = 300;
/// Trials of a study on disk.
const DURABLE_TRIALS: u64 = 300;

/// Measures the cases.
pub(super) fn measure(folder: &Path, optuna: Option<&Optuna>) -> Result<Vec<Row>, Failure> {
    let mut ours: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        ours[0].push(per_trial(Composition::Memory, folder, RANDOM_TRIALS, RandomSampler)?);
        ours[1].push(per_trial(Composition::Memory, folder, TPE_TRIALS, TpeSampler::default())?);
        ours[2].push(per_trial(Composition::Embedded, folder, DURABLE_TRIALS, RandomSampler)?);
        ours[3].push(per_trial(Composition::Embedded, folder, DURABLE_TRIALS, TpeSampler::default())?);
    }
    let theirs = optuna.map(Optuna::overheads).transpose()?;
    let peer = |of: fn(&Overhead) -> f64| theirs.iter().map(of).collect::<Vec<_>>();
    let row = |name, ours: &[f64], peer: &[f64]| {
        Row::of(name, "CPU µs a trial", Better::Lower, ours, Some((optuna::NAME, peer)))
    };
    Ok(vec![
        row("overhead_memory", &ours[0], &peer(|overhead| overhead.memory_random_us)),
        row("overhead_memory/tpe_300", &ours[1], &peer(|overhead| overhead.memory_tpe_us)),
        row("overhead_durable", &ours[2], &peer(|overhead| overhead.durable_random_us)),
        row("overhead_durable/tpe_300", &ours[3], &peer(|overhead| overhead.durable_tpe_us)),
    ])
}

/// CPU microseconds a trial of one study, without opening and closing its storage.
fn per_trial(
    composition: Composition,
    folder: &Path,
    trials: u64,
    sampler: impl Sampler + 'static,
) -> Result<f64, Failure> {
    let data = folder.join("overhead");
    clear(&data)?;
    let mut space = SearchSpace::builder();
    for name in ["a", "b", "c", "d", "e"] {
        space = space.float(name, -5.0, 5.0);
    }
    let space = space.build()?;
    let mut spent = 0.0;
    let measured = &mut spent;
    compositions::block_on(async {
        let place = Place { data: &data, ..Place::nowhere() };
        let application = Application::build(composition, place).await?;
        let study =
            Study::new("overhead", space).slots(1).trials(trials).minimize().sampler(std::sync::Arc::new(sampler));
        let before = Usage::now().cpu_s;
        study
            .optimize(&application.ports, |trial| {
                let mut sum = 0.0;
                for name in ["a", "b", "c", "d", "e"] {
                    sum += trial.float(name)?.powi(2);
                }
                Ok(sum)
            })
            .await?;
        *measured = (Usage::now().cpu_s - before) * 1e6 / trials as f64;
        application.close().await?;
        Ok(())
    })?;
    clear(&data)?;
    Ok(spent)
}
