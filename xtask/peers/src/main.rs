//! Processes and registry, ours beside the peers, measured in turn in one program.
//!
//! `cargo xtask bench process registry --peers` runs it and makes the rows of the command contract of what it says;
//! alone it prints a table:
//!
//! ```text
//! runtime-bench --case call_1 --case ring --rounds 5 --variants ours,tokio
//! ```

mod beam;
mod idle;
mod lookup;
mod measure;
mod ours;
mod raw_tokio;
mod rows;
mod stopwatch;
mod table;
mod variant;
#[cfg(feature = "peers")]
mod with_actix;
#[cfg(feature = "peers")]
mod with_kameo;
#[cfg(feature = "peers")]
mod with_papaya;
#[cfg(feature = "peers")]
mod with_ractor;

use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Parser;
use serde::Serialize;

use beam::Beam;
use measure::{BEAM, Effort, Field, Measured, idle_here};
use rows::{ROWS, Row};
use variant::{PLANNED, VARIANTS};

/// Threads that tasks run on, as the BEAM's schedulers.
const WORKERS: usize = 2;

/// Processes and registry, ours beside the peers.
#[derive(Debug, Parser)]
struct Args {
    /// The rows [default: all].
    #[arg(long = "case", value_name = "ROW")]
    cases: Vec<String>,
    /// Ours and which peers: ours, tokio, ractor, kameo, actix, papaya, beam [default: all].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    variants: Vec<String>,
    /// Rounds of each row; one more before them warms up and is not counted.
    #[arg(long, value_name = "N", default_value_t = 9)]
    rounds: usize,
    /// Rounds of this many times the operations.
    #[arg(long, value_name = "F", default_value_t = 1.0)]
    scale: f64,
    /// Print the figures of every round as JSON, and the table on standard error.
    #[arg(long)]
    json: bool,
    /// Be the program in which that many idle processes of one variant are measured.
    #[arg(long, hide = true, value_name = "N", requires = "variants")]
    idle: Option<u64>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    /// Peers that could not be started, and why.
    missing: Vec<Missing>,
    rows: Vec<Measured>,
}

#[derive(Serialize)]
struct Missing {
    peer: &'static str,
    reason: String,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    keep_quiet_about_planned_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(|error| format!("start tokio: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("find this program: {error}"))?;
    let folder = program.parent().unwrap_or(Path::new(".")).join("beam");
    if let Some(n) = args.idle {
        let bytes = match args.variants.first().map(String::as_str) {
            Some(BEAM) => Beam::idle(&folder, n)?,
            Some(name) => idle_here(&runtime, VARIANTS, args.cases.first().map_or("", String::as_str), name, n)?,
            None => return Err("--idle needs a variant".to_owned()),
        };
        println!("{bytes}");
        return Ok(());
    }
    let rows = chosen_rows(&args.cases)?;
    let takes_part = |name: &str| args.variants.is_empty() || args.variants.iter().any(|wanted| wanted == name);
    let mut missing = Vec::new();
    let beam = takes_part(BEAM).then(|| Beam::start(&folder)).and_then(|started| match started {
        Ok(beam) => Some(beam),
        Err(reason) => {
            missing.push(Missing { peer: BEAM, reason });
            None
        }
    });
    let tell = |line: &str| if args.json { eprintln!("{line}") } else { println!("{line}") };
    if let Some(beam) = &beam {
        tell(&format!("beam: {}", beam.version));
    }
    for Missing { peer, reason } in &missing {
        tell(&format!("peer {peer}: missing: {reason}"));
    }
    tell(&table::heading());
    let idle = |row: &Row, name: &str, n: u64| idle_elsewhere(&program, row, name, n);
    let variants = VARIANTS.iter().filter(|variant| takes_part(variant.name)).collect();
    let mut field = Field { runtime: &runtime, variants, beam, idle: &idle };
    let effort = Effort { rounds: args.rounds.max(1), scale: args.scale };
    let mut measured = Vec::new();
    for row in rows {
        let row = field.measure(row, effort)?;
        table::lines(&row).iter().for_each(|line| tell(line));
        measured.push(row);
    }
    if args.json {
        let report = Report { missing, rows: measured };
        println!("{}", serde_json::to_string(&report).map_err(|error| format!("encode the JSON: {error}"))?);
    }
    Ok(())
}

fn chosen_rows(names: &[String]) -> Result<Vec<&'static Row>, String> {
    if let Some(unknown) = names.iter().find(|name| !ROWS.iter().any(|row| row.name == name.as_str())) {
        let known: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        return Err(format!("no row is called `{unknown}`; choose of {}", known.join(", ")));
    }
    Ok(ROWS.iter().filter(|row| names.is_empty() || names.iter().any(|name| name == row.name)).collect())
}

/// Runs this program again to measure idle processes of one variant, and reads what it prints.
fn idle_elsewhere(program: &Path, row: &Row, name: &str, n: u64) -> Result<u64, String> {
    let output = Command::new(program)
        .args(["--case", row.name, "--idle", &n.to_string(), "--variants", name])
        .output()
        .map_err(|error| format!("start {}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| format!("idle {name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The panics of `restart_panic` are meant; printing them would cost more than all the rest.
fn keep_quiet_about_planned_panics() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&PLANNED) {
            others(panic);
        }
    }));
}
