//! `cargo xtask arch`: the invariants of docs/architecture.md, each a check with an id.

mod checks;
mod tree;

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::args::JsonTarget;
use crate::console::Console;
use crate::failure::Failure;
use crate::workspace;
use checks::{CHECKS, Check};
use tree::Tree;

/// `arch`: the architecture invariants.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask arch
  cargo xtask arch --only edges --only engines
  cargo xtask arch --list")]
pub struct ArchArgs {
    /// Only the checks with these ids.
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// Print each check's id and what it holds, and check nothing.
    #[arg(long)]
    pub list: bool,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

/// A place that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, relative to the root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what would be right.
    pub message: String,
}

#[derive(Serialize)]
struct Report {
    checks: Vec<CheckReport>,
    failed: usize,
    wall_s: f64,
}

#[derive(Serialize)]
struct CheckReport {
    id: &'static str,
    holds: &'static str,
    notes: Vec<String>,
    findings: Vec<Finding>,
}

/// Runs the checks.
///
/// # Errors
/// When an invariant is broken, an id is unknown or the tree cannot be read.
pub fn main(args: &ArchArgs) -> Result<(), Failure> {
    let console = Console::beside(args.json.as_ref());
    let chosen = choose(&args.only)?;
    if args.list {
        chosen.iter().for_each(|check| console.line(format!("{:16} {}", check.id, check.holds)));
        return Ok(());
    }
    check(console, &chosen, args.json.as_ref())
}

/// Runs every check, as a step of `cargo xtask ci`.
pub(crate) fn check_all(console: Console) -> Result<(), Failure> {
    check(console, &choose(&[])?, None)
}

#[expect(clippy::disallowed_methods, reason = "a command of this tree, not of the domain, tells its own time")]
fn check(console: Console, chosen: &[&Check], json: Option<&JsonTarget>) -> Result<(), Failure> {
    let begun = Instant::now();
    let tree = Tree::load(&workspace::root()?)?;
    let mut checks = Vec::new();
    for check in chosen {
        let report = run(check, &tree)?;
        print(console, &report);
        checks.push(report);
    }
    let failed = checks.iter().filter(|report| !report.findings.is_empty()).count();
    let n_checks = checks.len();
    if let Some(target) = json {
        target.write(&Report { checks, failed, wall_s: begun.elapsed().as_secs_f64() })?;
    }
    if failed > 0 {
        return Err(Failure::new(format!("{failed} of {n_checks} architecture checks failed"))
            .advise("mend the places above, or change docs/architecture.md and its check together"));
    }
    Ok(())
}

fn choose(only: &[String]) -> Result<Vec<&'static Check>, Failure> {
    if let Some(unknown) = only.iter().find(|id| !CHECKS.iter().any(|check| check.id == id.as_str())) {
        let known: Vec<&str> = CHECKS.iter().map(|check| check.id).collect();
        return Err(Failure::usage(format!("no check is called `{unknown}`"))
            .advise(format!("choose one of {}", known.join(", "))));
    }
    Ok(CHECKS.iter().filter(|check| only.is_empty() || only.iter().any(|id| id == check.id)).collect())
}

fn run(check: &Check, tree: &Tree) -> Result<CheckReport, Failure> {
    let mut outcome = checks::Outcome::default();
    (check.run)(tree, &mut outcome)?;
    outcome.findings.sort();
    Ok(CheckReport { id: check.id, holds: check.holds, notes: outcome.notes, findings: outcome.findings })
}

fn print(console: Console, report: &CheckReport) {
    let verdict = if report.findings.is_empty() { "ok" } else { "FAILED" };
    console.line(format!("{verdict:6} {:16} {}", report.id, report.holds));
    for note in &report.notes {
        console.line(format!("         {note}"));
    }
    for finding in &report.findings {
        console.line(format!("         {}:{}: {}", finding.file, finding.line, finding.message));
    }
}

#[cfg(test)]
mod tests;
