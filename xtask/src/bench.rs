//! `bench`: figures of ours and of the peers, measured in one run and shown as ratios.

mod cluster;
mod long;
mod machine;
mod optuna;
mod overhead;
mod process;
mod programs;
mod registry;
mod row;
mod runtime_bench;
mod study;
mod tables;

use clap::ValueEnum as _;

use crate::args::{BenchArgs, BenchGroup};
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;
use row::Bench;

/// Measures.
///
/// # Errors
/// Where a run fails.
pub fn main(args: BenchArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    let console = Console::beside(args.json.as_ref());
    if let (Some(study), Some(json)) = (args.long_of, &args.json) {
        return json.write(&long::run(study, console)?);
    }
    let groups = if args.groups.is_empty() { BenchGroup::value_variants().to_vec() } else { args.groups.clone() };
    let mut rows = Vec::new();
    for group in groups {
        rows.extend(match group {
            BenchGroup::Process => process::measure(&args, console)?,
            BenchGroup::Registry => registry::measure(&args, console)?,
            BenchGroup::Study if args.tables => tables::measure(console)?,
            BenchGroup::Study if args.long => long::measure(console)?,
            BenchGroup::Study if args.programs => programs::measure(console)?,
            BenchGroup::Study => study::measure(args.peers, console)?,
            BenchGroup::Cluster => cluster::measure(&args, console)?,
        });
    }
    let bench = Bench { machine: machine::describe(), rows };
    console.line(bench.to_string());
    match &args.json {
        Some(json) => json.write(&bench),
        None => Ok(()),
    }
}
