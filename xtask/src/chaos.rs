//! `chaos`: reliability experiments. Each can fail: with `--plant` a named bug is put in, and the experiment succeeds
//! only if it catches that bug.

mod calls;
mod events;
mod findings;
mod history;
mod kill_server;
mod linear;
mod live;
mod memory;
mod order;
mod overload;
mod paused_holder;
mod plant;
mod storm;
mod study;
pub(crate) mod trace;
mod tree;
mod verdict;
mod victim;

use crate::args::{ChaosArgs, Experiment, Target};
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

pub(crate) use plant::plants;
use verdict::Verdict;

/// Runs an experiment.
///
/// # Errors
/// Where something that was acknowledged is missing or anything else is not as promised; with `--plant` where the bug
/// was not caught.
pub fn main(args: ChaosArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    if let (Some(folder), Experiment::Kill9) = (&args.victim, args.experiment) {
        return compositions::block_on(events::be_victim(folder.clone(), args.seed, args.life, args.plant.clone()));
    }
    plant::plant(args.experiment, args.plant.as_deref())?;
    if let Some(folder) = &args.victim {
        return compositions::block_on(paused_holder::be_holder(folder.clone(), args.life));
    }
    let console = Console::beside(args.json.as_ref());
    let verdict: Verdict = match (args.experiment, args.target) {
        (Experiment::Kill9, Target::Study) => study::kill(&args, console)?,
        (Experiment::Kill9, Target::Events) => events::kill(&args, console)?,
        (Experiment::Calls, _) => return live::run(&args, console, calls::run(&args)),
        (Experiment::Order, _) => return live::run(&args, console, order::run(&args)),
        (Experiment::Storm, _) => return live::run(&args, console, storm::run(&args)),
        (Experiment::Tree, _) => return live::run(&args, console, tree::run(&args)),
        (Experiment::KillServer, _) => return live::run(&args, console, kill_server::run(&args, console)),
        (Experiment::PausedHolder, _) => return live::run(&args, console, paused_holder::run(&args)),
        (Experiment::Overload, _) => return live::run(&args, console, overload::run(&args)),
    };
    console.line(verdict.to_string());
    if let Some(json) = &args.json {
        json.write(&verdict)?;
    }
    verdict.judge()
}
