//! Any program as the objective of a study.
//!
//! A [`Command`] is a program with places for parameters, each of which becomes one argument and is read by no shell. An
//! [`ExecObjective`] runs it for each trial, below a [guard](mod@guard) that ends it and everything that it started
//! when the study says so, when it breaks one of its [`Limits`], and when this process dies.
//!
//! ```no_run
//! # use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use mabeam::{SearchSpace, Study, StudyPorts};
//! use mabeam_exec::{Command, ExecObjective, ExecSettings};
//!
//! # async fn tune(ports: StudyPorts) -> foundation_core::Result<()> {
//! let space = SearchSpace::builder().log_float("lr", 1e-4, 1.0).build()?;
//! let command = Command::parse("python3 train.py --lr {lr}")?;
//! let objective = ExecObjective::new(command, &space, ExecSettings::new("output"))?;
//! let study = Study::new("train", space).trials(60);
//! let state = study.start_objective(&ports, Arc::new(objective)).await?.finish().await?;
//! # let _ = state; Ok(()) }
//!
//! /// The guard is this executable again, so `main` looks for it first.
//! fn main() -> ExitCode {
//!     let mut arguments = std::env::args_os().skip(1);
//!     if arguments.next().is_some_and(|first| first == mabeam_exec::guard::SUBCOMMAND) {
//!         return mabeam_exec::guard::main(arguments);
//!     }
//!     // … a runtime, and `tune` on it.
//! #   ExitCode::SUCCESS
//! }
//! ```
//!
//! An [`ExecJudge`] runs a program for the critics of a study in the same way.
//!
//! # What a program gets
//! Its arguments; standard input is empty; and in the environment:
//!
//! | variable | |
//! |---|---|
//! | `MABEAM_PARAMS` | the parameters as a JSON object |
//! | `MABEAM_TRIAL` | the number of the trial; for a judge instead `MABEAM_CRITIC`, the number of the critic |
//! | `MABEAM_SEED` | a whole number below 2^32 of the study's seed and the trial, the same when it runs again |
//! | `MABEAM_STEPS` | how many steps it is to run to |
//! | `MABEAM_ATTEMPT` | how often it was started for this trial, from 1 |
//!
//! # What a program says
//! Lines on standard output that are JSON objects with a `value` are messages; all others, and standard error, are kept
//! and mean nothing.
//!
//! | line | |
//! |---|---|
//! | `{"step":3,"value":0.91}` | the value after 3 steps; steps rise. The study may then end the program with SIGTERM |
//! | `{"value":0.91}` | the value, for a program without steps |
//! | `{"values":[0.91,120]}` | the value of each objective, in the study's order; the scores of a judge |
//!
//! The last value counts, once the program has ended with exit code 0. A value that is no finite number, no value at
//! all, another exit code, a signal, a line of more than 64 KiB and a broken limit are failures of the trial; their
//! reason quotes the last lines of standard error and names the folder with all output.
//!
//! # What it is not
//! No sandbox: a program does what its user may. Who does not trust it puts a sandbox in front, as part of the command.
//! A program that multiplies faster than `/proc` can be read, or that has itself adopted elsewhere (a container's
//! daemon, a batch system), is not held by the guard.

#[cfg(not(unix))]
compile_error!("mabeam-exec needs process groups, signals and limits as Unix has them");

// What is run.
mod command;
mod limits;
mod program;
mod retries;
mod settings;

// What it says.
mod output;
mod protocol;

// Who runs it.
pub mod guard;
mod guarded;
mod wire;

// What becomes of it.
mod attempt;
mod failure;
mod runs;

// What it is for.
mod judge;
mod objective;

pub use command::{Command, CommandError, TrialFacts};
pub use judge::ExecJudge;
pub use limits::Limits;
pub use objective::ExecObjective;
pub use retries::Retries;
pub use settings::{ExecSettings, GuardProgram};

/// The executable that runs here: the same one where its file was replaced meanwhile, if the system can tell.
fn own_executable() -> std::io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}
