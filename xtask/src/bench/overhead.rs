//! What the tuner itself costs: studies of an objective that costs nothing, five floats each.

use std::path::Path;
use std::time::Duration;

use mabeam::{Params, RandomSampler, Sampler, SearchSpace, Study, TpeSampler, TrialError};

use super::optuna::{self, Optuna, Overhead};
use super::row::{Better, Row};
use super::study::clear;
use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::failure::Failure;
use crate::run::resources::Usage;

/// How long a trial may be out; none is ever lost here.
const LEASE: Duration = Duration::from_secs(3_600);
/// Rounds of each case; the median counts.
const ROUNDS: usize = 9;
/// Trials of a study with random search.
const RANDOM_TRIALS: u64 = 5_000;
/// Trials of a study with TPE: its cost grows with what it knows, so the figure is of this many.
const TPE_TRIALS: u64 = 300;
/// Trials of a study on disk.
const DURABLE_TRIALS: u64 = 300;

/// How the objective is measured.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// By the caller, on one thread, as the peer does: what is counted is the tuner.
    AskTell,
    /// As a closure on a thread of its own, on all cores: what is counted is also handing each trial to that thread
    /// and back, which is what the kernel takes to wake it.
    Closure,
}

/// Measures the cases.
pub(super) fn measure(folder: &Path, optuna: Option<&Optuna>) -> Result<Vec<Row>, Failure> {
    let mut ours: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        ours[0].push(per_trial(Composition::Memory, Manner::AskTell, folder, RANDOM_TRIALS, RandomSampler)?);
        ours[1].push(per_trial(Composition::Memory, Manner::AskTell, folder, TPE_TRIALS, TpeSampler::default())?);
        ours[2].push(per_trial(Composition::Embedded, Manner::AskTell, folder, DURABLE_TRIALS, RandomSampler)?);
        ours[3].push(per_trial(Composition::Embedded, Manner::AskTell, folder, DURABLE_TRIALS, TpeSampler::default())?);
        ours[4].push(per_trial(Composition::Memory, Manner::Closure, folder, RANDOM_TRIALS, RandomSampler)?);
    }
    let theirs = optuna.map(Optuna::overheads).transpose()?;
    let peer = |of: fn(&Overhead) -> f64| theirs.iter().map(of).collect::<Vec<_>>();
    let row = |name, ours: &[f64], peer: &[f64]| {
        Row::of(name, "CPU µs a trial", Better::Lower, ours, Some((optuna::NAME, peer)))
    };
    Ok(vec![
        row("overhead_memory", &ours[0], &peer(|overhead| overhead.memory_random_us)),
        row("overhead_memory/closure", &ours[4], &[]),
        row("overhead_memory/tpe_300", &ours[1], &peer(|overhead| overhead.memory_tpe_us)),
        row("overhead_durable", &ours[2], &peer(|overhead| overhead.durable_random_us)),
        row("overhead_durable/tpe_300", &ours[3], &peer(|overhead| overhead.durable_tpe_us)),
    ])
}

/// The objective: a sum of squares.
fn measure_one(params: &Params) -> Result<f64, TrialError> {
    let mut sum = 0.0;
    for name in ["a", "b", "c", "d", "e"] {
        sum += params.float(name)?.powi(2);
    }
    Ok(sum)
}

/// CPU microseconds a trial of one study, without opening and closing its storage.
fn per_trial(
    composition: Composition,
    manner: Manner,
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
    let block_on = |measured: std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + '_>>| match manner {
        Manner::AskTell => compositions::block_on_one_worker(measured),
        Manner::Closure => compositions::block_on(measured),
    };
    block_on(Box::pin(async {
        let place = Place { data: &data, ..Place::nowhere() };
        let application = Application::build(composition, place).await?;
        let study =
            Study::new("overhead", space).slots(1).trials(trials).minimize().sampler(std::sync::Arc::new(sampler));
        let before = Usage::now().cpu_s;
        match manner {
            Manner::Closure => drop(study.optimize(&application.ports, |trial| measure_one(trial.params())).await?),
            Manner::AskTell => {
                let asking = study.ask_tell(&application.ports).await?;
                while let Some(asked) = asking.ask("bench", LEASE).await? {
                    let value = measure_one(asked.params());
                    asking.tell(asked.lease(), value).await?;
                }
                asking.stop().await;
            }
        }
        *measured = (Usage::now().cpu_s - before) * 1e6 / trials as f64;
        application.close().await?;
        Ok(())
    }))?;
    clear(&data)?;
    Ok(spent)
}
