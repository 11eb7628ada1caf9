//! `bench`: figures of ours and of the peers, measured in one run and shown as ratios.

mod machine;
mod optuna;
mod overhead;
mod row;
mod study;

use crate::args::{BenchArgs, BenchGroup};
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;
use row::Bench;

/// Measures.
///
/// # Errors
/// A group that is not built yet; where a run fails.
pub fn main(args: BenchArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    let console = Console::beside(args.json.as_ref());
    let groups = if args.groups.is_empty() { vec![BenchGroup::Study] } else { args.groups.clone() };
    let mut rows = Vec::new();
    for group in groups {
        rows.extend(match group {
            BenchGroup::Study => study::measure(args.peers, console)?,
        });
    }
    let bench = Bench { machine: machine::describe(), rows };
    console.line(bench.to_string());
    match &args.json {
        Some(json) => json.write(&bench),
        None => Ok(()),
    }
}
