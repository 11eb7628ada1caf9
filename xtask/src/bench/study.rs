//! Group `study`: what the main job reaches and costs, over fixed seeds.
//!
//! The settings of the samplers were chosen on seeds 101 to 140; the seeds here, 1 to 20, had no say in it.

use std::path::Path;

use digits::DigitsTrainer;
use mabeam::Study;

use super::optuna::{self, Optuna};
use super::overhead;
use super::row::{Better, Row, median};
use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;
use crate::run::digits_study::{self, Settings};
use crate::run::resources::Usage;

/// The seeds, all of which are shown.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;
/// The validation part of the digits; a value is told in rows of these.
const VALIDATION_ROWS: f64 = 357.0;

/// What one study reached and cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// Of the best finished trial, in right answers of 357.
    pub(super) validation_rows: f64,
    /// Of the same network on the test part, as a share.
    pub(super) test: f64,
    pub(super) epochs: f64,
    /// Of all threads, opening and closing the storage included.
    pub(super) cpu_s: f64,
}

/// Measures the group.
pub(super) fn measure(peers: bool, console: Console) -> Result<Vec<Row>, Failure> {
    let folder = std::env::temp_dir().join(format!("foundation-bench-study-{}", std::process::id()));
    let optuna = if peers { Optuna::find(console) } else { None };
    let (mut tpe, mut random, mut peer, mut peer_random) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    console.line("seed  sampler  validation rows of 357    test  epochs  CPU s");
    let tell = |seed: u64, sampler: &str, reached: &Reached| {
        console.line(format!(
            "{seed:>4}  {sampler:<12} {:>4}  {:>15.4}  {:>6}  {:>5.2}",
            reached.validation_rows, reached.test, reached.epochs, reached.cpu_s
        ));
    };
    for seed in SEEDS {
        let settings = Settings { seed, ..Settings::default() };
        for (name, study, all) in [
            ("tpe", digits_study::study(&settings)?, &mut tpe),
            ("random", digits_study::random_study(&settings)?, &mut random),
        ] {
            let reached = run(&folder, &settings, study)?;
            tell(seed, name, &reached);
            all.push(reached);
        }
        if let Some(optuna) = &optuna {
            for (name, all) in [("tpe", &mut peer), ("random", &mut peer_random)] {
                let reached = optuna.study(name, seed)?;
                tell(seed, &format!("optuna {name}"), &reached);
                all.push(reached);
            }
        }
    }
    let mut rows = rows("", &tpe, &peer);
    rows.extend(self::rows("sampler/random/", &random, &peer_random));
    rows.extend(overhead::measure(&folder, optuna.as_ref())?);
    console.line(format!(
        "TPE: median {:.1} of 357 rows on validation, with at most {:.0} epochs.",
        median(&tpe.iter().map(|reached| reached.validation_rows).collect::<Vec<_>>()),
        tpe.iter().map(|reached| reached.epochs).fold(0.0, f64::max),
    ));
    Ok(rows)
}

fn rows(prefix: &str, ours: &[Reached], peer: &[Reached]) -> Vec<Row> {
    let row = |name: &str, unit, better, of: fn(&Reached) -> f64| {
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

/// One study on disk in a fresh folder, from opening it to closing it, with the test of the best network.
fn run(folder: &Path, settings: &Settings, study: Study) -> Result<Reached, Failure> {
    let data = folder.join(format!("seed-{}", settings.seed));
    clear(&data)?;
    let before = Usage::now().cpu_s;
    let mut reached = Reached { validation_rows: 0.0, test: 0.0, epochs: 0.0, cpu_s: 0.0 };
    let found = &mut reached;
    compositions::block_on(async {
        let place = Place { data: &data, ..Place::nowhere() };
        let application = Application::build(Composition::Embedded, place).await?;
        let state = study.train(&application.ports, DigitsTrainer::new()).await?;
        let best = state.best().and_then(|trial| trial.value()).unwrap_or(0.0);
        found.validation_rows = (best * VALIDATION_ROWS).round();
        found.test = digits_study::test_best(settings, &state)?.unwrap_or(0.0);
        found.epochs = state.epochs().spent as f64;
        application.close().await?;
        Ok(())
    })?;
    reached.cpu_s = Usage::now().cpu_s - before;
    clear(&data)?;
    Ok(reached)
}

pub(super) fn clear(data: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::io("clear", data, &error)),
        _ => Ok(()),
    }
}
