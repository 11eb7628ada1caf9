//! `chaos`: reliability experiments. Each can fail: with `--plant` a named bug is put in, and the experiment succeeds
//! only if it catches that bug.

mod events;
mod plant;
mod study;
pub(crate) mod trace;
mod verdict;
mod victim;

use crate::args::{ChaosArgs, Experiment, Target};
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

pub(crate) use plant::sled_settings;
use verdict::Verdict;

/// Runs an experiment.
///
/// # Errors
/// Where something that was acknowledged is missing or anything else is not as promised; with `--plant` where the bug
/// was not caught.
pub fn main(args: ChaosArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    if let Some(folder) = &args.victim {
        return compositions::block_on(events::be_victim(folder.clone(), args.seed, args.life, args.plant.clone()));
    }
    plant::check(args.plant.as_deref())?;
    let console = Console::beside(args.json.as_ref());
    let verdict: Verdict = match (args.experiment, args.target) {
        (Experiment::Kill9, Target::Study) => study::kill(&args, console)?,
        (Experiment::Kill9, Target::Events) => events::kill(&args, console)?,
    };
    console.line(verdict.to_string());
    if let Some(json) = &args.json {
        json.write(&verdict)?;
    }
    verdict.judge()
}
