//! Group `study` with `--programs`: a model of scikit-learn is tuned by Optuna, by a program that `run` starts for each
//! trial, and by workers of the Python client, all in one run, while processes of ours are killed.
//!
//! The model, the data, their split and the space are those of `examples/sklearn-digits`. The budget is equal to the
//! epoch: 60 trials of 27 epochs each, and nobody stops a trial early. Ours has two trials open at a time and Optuna's
//! TPE one, so ours knows less at each proposal. What is drawn (who is killed, at which trial, after which epoch) comes
//! from the seed; when it is due is observed in what the programs say.

mod client;
mod exec;
mod plan;
mod processes;
mod ran;
mod tally;
mod verdict;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::optuna::Optuna;
use super::row::Row;
use super::study::clear;
use crate::console::Console;
use crate::doctor::tools::Tool;
use crate::failure::Failure;
use verdict::Found;

/// The seeds. Most of the time goes into the start of Python for each trial.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;
/// How many trials a study has.
const TRIALS: u64 = 60;
/// How many epochs a trial trains.
const EPOCHS: u32 = 27;
/// How many trials of ours are open at a time.
const SLOTS: u32 = 2;
/// The rows that decide.
const ROWS: f64 = 357.0;
/// How often it is looked whether a kill is due.
const LOOK: Duration = Duration::from_millis(3);
/// How long a study of one seed may take before it counts as stuck.
const STUDY_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What one study of ours reached and survived.
#[derive(Clone, Debug, Default)]
struct Outcome {
    /// The best trial, in right answers of 357.
    rows: f64,
    /// The same network on the test digits, as a share.
    test: f64,
    /// All epochs that were trained, and those that no trial needed because a kill had cut them off.
    epochs: u64,
    in_vain: u64,
    kills: u32,
    /// Kills that found their trial at work.
    in_mid_trial: u32,
    tally: tally::Tally,
    /// Processes that were still there 10 s after a kill or after the end, and the longest that any took to go.
    left_over: usize,
    slowest: Duration,
    /// Trials of killed workers that another one went on with, and how many there were to hand on; a program has none.
    handed_on: Option<(usize, usize)>,
}

/// Measures.
pub(super) fn measure(console: Console) -> Result<Vec<Row>, Failure> {
    for needed in ["python3", "scikit-learn"] {
        if Tool::named(needed).map(Tool::version).transpose()?.flatten().is_none() {
            return Err(Failure::new(format!("--programs tunes a model of scikit-learn, and {needed} is missing"))
                .advise("cargo xtask doctor --install python3 scikit-learn optuna"));
        }
    }
    // What is left over is looked for there: where it cannot be, that is said before anything is measured.
    processes::all()?;
    let optuna = Optuna::find(console);
    let folder = std::env::temp_dir().join(format!("foundation-bench-programs-{}", std::process::id()));
    let mut found = Found::default();
    console.line(format!("{TRIALS} trials of {EPOCHS} epochs, no early stop; ours with {SLOTS} trials open at a time"));
    console.line(verdict::HEAD);
    let measured = SEEDS.into_iter().try_for_each(|seed| one_seed(seed, &folder, optuna.as_ref(), console, &mut found));
    clear(&folder)?;
    // What was measured before a failure is told, too.
    for line in verdict::judge(&found) {
        console.line(line.to_string());
    }
    measured.map(|()| verdict::rows(&found))
}

/// The peer and both ways with one seed.
fn one_seed(
    seed: u64,
    folder: &Path,
    optuna: Option<&Optuna>,
    console: Console,
    found: &mut Found,
) -> Result<(), Failure> {
    if let Some(optuna) = optuna {
        let reached = optuna.study_without_pruner(seed)?;
        console.line(verdict::peer_line(seed, &reached));
        found.peer.push(reached);
    }
    let ways: [(&str, Way, &mut Vec<Outcome>); 2] =
        [("exec", exec::run, &mut found.exec), ("client", client::run, &mut found.client)];
    for (name, way, found) in ways {
        let place = Place { seed, mark: format!("{}-{name}-{seed}", std::process::id()), folder: folder.join(name) };
        clear(&place.folder)?;
        std::fs::create_dir_all(&place.folder).map_err(|error| Failure::io("make", &place.folder, &error))?;
        let outcome = way(&place, console)?;
        console.line(verdict::line(seed, name, &outcome));
        found.push(outcome);
    }
    Ok(())
}

/// Runs one study of ours to its end, through all its kills.
type Way = fn(&Place, Console) -> Result<Outcome, Failure>;

/// Where one study of ours runs.
struct Place {
    seed: u64,
    /// What its processes carry in their environment.
    mark: String,
    /// Everything that it writes; empty at first.
    folder: PathBuf,
}

impl Place {
    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// A share of the validation digits in rows.
fn rows_of(value: f64) -> u32 {
    // Between 0 and 357, whatever was told.
    (value * ROWS).round().clamp(0.0, ROWS) as u32
}

/// This same binary.
fn own_binary() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::new(format!("find this program's file: {error}")))
}

/// The last lines of a file that a process of ours complained into.
fn last_lines(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}

#[expect(clippy::disallowed_methods, reason = "the bench times processes, on the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}

/// Waits before the next look at other processes, which wake nobody.
fn pause(time: Duration) {
    std::thread::park_timeout(time);
}
