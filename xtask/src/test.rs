//! `cargo xtask test`: the test matrix, run by cargo and summed up in one line.

mod differential;
mod experiments;
mod group;
mod output;
mod run;

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::args::{Composition, DIFFERENTIAL_SEED, JsonTarget};
use crate::console::Console;
use crate::failure::Failure;
pub use group::Group;
use output::Tally;

/// `test`: the test matrix.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask test
  cargo xtask test --only unit --only property
  cargo xtask test --composition embedded --only contract --only chaos
  cargo xtask test --only differential --seed 7      other supervision trees, on ours and on Erlang/OTP
  cargo xtask test --require-all        what CI runs: a skip is a failure")]
pub struct TestArgs {
    /// Leave out the adapters that only other compositions use [default: nothing is left out].
    #[arg(long, value_enum, value_name = "C")]
    pub composition: Vec<Composition>,
    /// Only these groups [default: all].
    #[arg(long, value_enum, value_name = "GROUP")]
    pub only: Vec<Group>,
    /// The seed of the trees of the group `differential` [default: 1].
    #[arg(long, value_name = "N", default_value_t = DIFFERENTIAL_SEED, hide_default_value = true)]
    pub seed: u64,
    /// Make a skipped test a failure.
    #[arg(long)]
    pub require_all: bool,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

#[derive(Serialize)]
struct Report<'a> {
    passed: usize,
    failed: usize,
    skipped: usize,
    #[serde(flatten)]
    tally: &'a Tally,
    wall_s: f64,
}

/// Runs the tests.
///
/// # Errors
/// When a test failed, or was skipped under `--require-all`, or the tests cannot be built or started.
#[expect(clippy::disallowed_methods, reason = "a command of this tree, not of the domain, tells its own time")]
pub fn main(args: &TestArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let console = Console::beside(args.json.as_ref());
    let mut tally = Tally::default();
    let plan = run::Plan::new(&args.only, &args.composition)?;
    plan.run_cargo(console, &mut tally)?;
    if plan.has(Group::Differential) {
        differential::run(console, args.seed, &mut tally)?;
    }
    if plan.has(Group::Model) {
        plan.run_models(console, &mut tally)?;
    }
    if plan.has(Group::Chaos) {
        experiments::run(console, &mut tally)?;
    }
    if args.require_all {
        tally.fail_skips();
    }
    tally.print(console);
    let (passed, failed, skipped) = (tally.passed(), tally.failed(), tally.skipped());
    if let Some(target) = &args.json {
        target.write(&Report { passed, failed, skipped, tally: &tally, wall_s: begun.elapsed().as_secs_f64() })?;
    }
    console.line(format!("{passed} passed, {failed} failed, {skipped} skipped"));
    if failed > 0 { Err(Failure::told()) } else { Ok(()) }
}
