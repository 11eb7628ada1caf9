//! The program that measures processes: built from the package `xtask/peers`, run, and its figures made rows.
//!
//! It is a program of its own because the peers' crates are many, and because ours and they have to share one runtime
//! that does nothing else.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::row::{Better, Row};
use crate::args::BenchArgs;
use crate::console::Console;
use crate::failure::Failure;
use crate::workspace;

/// What ours is called among the variants.
const OURS: &str = "ours";
/// The peers that are crates of their own.
const CRATES: &str = "ractor, kameo, actix, papaya";

/// What the program says.
#[derive(Debug, Deserialize)]
struct Report {
    missing: Vec<Missing>,
    rows: Vec<Measured>,
}

/// A peer that could not be started.
#[derive(Debug, Deserialize)]
struct Missing {
    peer: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Measured {
    name: String,
    unit: String,
    higher_is_better: bool,
    variants: Vec<Samples>,
}

/// The figures of one variant, one a round.
#[derive(Debug, Deserialize)]
struct Samples {
    variant: String,
    figures: Vec<f64>,
}

/// Measures these rows; `rename` says what this group calls a peer.
pub(super) fn measure(
    rows: &[&str],
    args: &BenchArgs,
    console: Console,
    rename: fn(&str) -> &str,
) -> Result<Vec<Row>, Failure> {
    let program = build(args.peers, console)?;
    let report = run(&program, rows, args)?;
    for Missing { peer, reason } in &report.missing {
        console.line(format!("peer {peer}: missing: {reason} (cargo xtask doctor)"));
    }
    report.rows.iter().map(|row| to_rows(row, rename)).collect::<Result<Vec<_>, _>>().map(|rows| rows.concat())
}

/// Builds it, with the peers if asked; where they cannot be had, says so and builds it without.
fn build(peers: bool, console: Console) -> Result<PathBuf, Failure> {
    let root = workspace::root()?;
    console.line("building runtime-bench from xtask/peers; the first time takes minutes");
    if peers && cargo_build(&root, &[])? {
        return Ok(program(&root));
    }
    if peers {
        console.line(format!("peers {CRATES}: missing: the package xtask/peers does not build with them"));
    }
    if cargo_build(&root, &["--no-default-features"])? {
        return Ok(program(&root));
    }
    Err(Failure::new("build xtask/peers: cargo failed").advise("mend what cargo says above"))
}

fn cargo_build(root: &Path, more: &[&str]) -> Result<bool, Failure> {
    let status = workspace::cargo()
        .args(["build", "--quiet", "--release", "--bin", "runtime-bench", "--manifest-path"])
        .arg(root.join("xtask").join("peers").join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target(root))
        .args(more)
        .current_dir(root)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| Failure::new(format!("start cargo: {error}")))?;
    Ok(status.success())
}

fn target(root: &Path) -> PathBuf {
    root.join("target").join("peers")
}

fn program(root: &Path) -> PathBuf {
    target(root).join("release").join("runtime-bench")
}

/// Its table comes on standard error while it works.
fn run(program: &Path, rows: &[&str], args: &BenchArgs) -> Result<Report, Failure> {
    let mut command = Command::new(program);
    command.args(["--json", "--rounds", &args.runs.to_string()]);
    command.args(rows.iter().flat_map(|row| ["--case", row]));
    if !args.peers {
        command.args(["--variants", OURS]);
    }
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| Failure::io("start", program, &error))?;
    if !output.status.success() {
        return Err(Failure::new(format!("runtime-bench: {}", output.status)).advise("see what it says above"));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("read the figures of runtime-bench: {error}")))
}

/// One row a peer; without peers one row of ours alone.
fn to_rows(measured: &Measured, rename: fn(&str) -> &str) -> Result<Vec<Row>, Failure> {
    let ours = measured.variants.iter().find(|samples| samples.variant == OURS);
    let ours = ours.ok_or_else(|| Failure::new(format!("runtime-bench has no figure of ours in {}", measured.name)))?;
    let better = if measured.higher_is_better { Better::Higher } else { Better::Lower };
    let row = |peer| Row::in_turn(measured.name.as_str(), &measured.unit, better, &ours.figures, peer);
    let peers: Vec<Row> = measured
        .variants
        .iter()
        .filter(|samples| samples.variant != OURS)
        .map(|samples| row(Some((rename(&samples.variant), samples.figures.as_slice()))))
        .collect();
    Ok(if peers.is_empty() { vec![row(None)] } else { peers })
}

#[cfg(test)]
mod tests;
