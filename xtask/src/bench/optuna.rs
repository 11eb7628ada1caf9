//! The peer: Optuna with scikit-learn, in a Python of its own, on the same split and the same space.

use std::process::{Command, Stdio};

use serde::Deserialize;

use super::study::Reached;
use crate::console::Console;
use crate::doctor::tools;
use crate::failure::Failure;

/// What the peer is called in rows.
pub(super) const NAME: &str = "optuna";

const SCRIPT: &str = include_str!("optuna/digits.py");

/// A Python that has what the peer needs.
pub(super) struct Optuna;

/// What the peer's own bookkeeping costs, in CPU microseconds a trial.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Overhead {
    pub(super) memory_random_us: f64,
    pub(super) memory_tpe_us: f64,
    pub(super) durable_random_us: f64,
    pub(super) durable_tpe_us: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Study {
    validation_rows: f64,
    test: f64,
    epochs: f64,
    cpu_s: f64,
}

impl Optuna {
    /// Looks for it; says so where it is missing.
    pub(super) fn find(console: Console) -> Option<Self> {
        match run(&["versions"]) {
            Ok(versions) => {
                console.line(format!("peer: {}", versions.trim()));
                Some(Self)
            }
            Err(_) => {
                console.line("peer optuna: missing (cargo xtask doctor --install gets it)");
                None
            }
        }
    }

    /// One study of the digits: 60 trials, successive halving, a network of one hidden layer.
    pub(super) fn study(&self, sampler: &str, seed: u64) -> Result<Reached, Failure> {
        self.study_with(sampler, "halving", seed)
    }

    /// The same with TPE and without a pruner: 60 trials of 27 epochs.
    pub(super) fn study_without_pruner(&self, seed: u64) -> Result<Reached, Failure> {
        self.study_with("tpe", "none", seed)
    }

    fn study_with(&self, sampler: &str, pruner: &str, seed: u64) -> Result<Reached, Failure> {
        let study: Study = parse(&run(&["study", sampler, pruner, &seed.to_string()])?)?;
        Ok(Reached::of_peer(study.validation_rows, study.test, study.epochs, study.cpu_s))
    }

    /// Studies of an objective that costs nothing.
    pub(super) fn overheads(&self) -> Result<Overhead, Failure> {
        parse(&run(&["overhead"])?)
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| Failure::new(format!("read Optuna's answer `{last}`: {error}")))
}

fn run(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .args(arguments)
        // One thread, as ours is told to compute: the figures are CPU seconds.
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("PYTHONPATH", tools::python_path()?)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("start python3: {error}")))?;
    if !output.status.success() {
        let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
        return Err(Failure::new(format!("the Optuna script failed with {}: {last}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
