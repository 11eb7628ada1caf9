//! The peer: Optuna's samplers on the same tables, in a Python of their own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use mabeam_tables::Table;
use serde::Deserialize;

use super::replay::{SEEDS, TRIALS};
use crate::console::Console;
use crate::doctor::{tables, tools};
use crate::failure::Failure;

const SCRIPT: &str = include_str!("peer.py");
/// The samplers, as the script knows them and as rows name them. The first is Optuna's default.
const SAMPLERS: [(&str, &str); 2] = [("tpe", "optuna tpe"), ("tpe-univariate", "optuna tpe univariate")];

/// One sampler of the peer, and the best value of each seed on each table.
pub(super) struct Peer {
    pub(super) name: &'static str,
    best: BTreeMap<String, Vec<f64>>,
}

impl Peer {
    /// The regret of each seed.
    pub(super) fn regrets(&self, table: &Table) -> Result<Vec<f64>, Failure> {
        let best = self.best.get(table.name()).filter(|best| best.len() == SEEDS.count());
        best.map(|best| best.iter().map(|value| table.regret(*value)).collect())
            .ok_or_else(|| Failure::new(format!("{} did not tell every seed of {}", self.name, table.name())))
    }
}

/// A line of the script.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Versions { versions: String },
    Table { table: String, best: Vec<f64> },
}

/// Runs every sampler of the peer over all tables; without Optuna it is named as missing, and there is none.
pub(super) fn run(console: Console) -> Result<Vec<Peer>, Failure> {
    if tools::Tool::named("optuna").map(tools::Tool::version).transpose()?.flatten().is_none() {
        console.line("peer optuna: missing (cargo xtask doctor --install optuna gets it)");
        return Ok(Vec::new());
    }
    SAMPLERS.into_iter().map(|(sampler, name)| Ok(Peer { name, best: of(sampler, name, console)? })).collect()
}

fn of(sampler: &str, name: &str, console: Console) -> Result<BTreeMap<String, Vec<f64>>, Failure> {
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(tables::file()?);
    python.args([TRIALS, *SEEDS.start(), *SEEDS.end()].map(|number| number.to_string())).arg(sampler);
    let mut child = python
        // One thread, as ours has.
        .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "1")))
        .env("PYTHONPATH", tools::python_path()?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::new(format!("start python3: {error}")))?;
    let mut best = BTreeMap::new();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line.map_err(|error| Failure::new(format!("read what {name} says: {error}")))?;
        let read = serde_json::from_str(&line);
        match read.map_err(|error| Failure::new(format!("read what {name} says, `{line}`: {error}")))? {
            Line::Versions { versions } => console.line(format!("peer: {versions}, {name}")),
            Line::Table { table, best: found } => {
                console.line(format!("{name}: {table}"));
                best.insert(table, found);
            }
        }
    }
    let ended = child.wait().map_err(|error| Failure::new(format!("wait for python3: {error}")))?;
    if ended.success() { Ok(best) } else { Err(Failure::new(format!("the script of {name} failed: {ended}"))) }
}
