//! Which command was typed, and who does it.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::arch::{self, ArchArgs};
use crate::args::{BenchArgs, ChaosArgs, DifferentialArgs, ExportArgs, ImportArgs, RunArgs, ServeArgs};
use crate::ci::{self, CiArgs};
use crate::console::print_failure;
use crate::doctor::{self, DoctorArgs};
use crate::failure::Failure;
use crate::heavy;
use crate::new_study::{self, NewStudyArgs};
use crate::test::{self, TestArgs};

/// The commands that compute; `mabeam` has these, and `cargo xtask` hands them to it.
#[derive(Clone, Debug, Subcommand)]
pub enum AppCommand {
    /// The main job: starts the application in a composition and runs a study to its end.
    #[command(visible_alias = "tune")]
    Run(RunArgs),
    /// The application long-lived, to be scraped and looked at.
    Serve(ServeArgs),
    /// Benchmarks of ours and of the peers in one run, as ratios.
    Bench(BenchArgs),
    /// Reliability experiments.
    Chaos(ChaosArgs),
    /// A data folder into a portable file, or a study's trials into CSV or JSON.
    Export(ExportArgs),
    /// A portable file, or a study of Optuna's, into a data folder.
    Import(ImportArgs),
    /// Supervision trees on ours and on Erlang/OTP, compared: the work of `test --only differential`.
    #[command(hide = true)]
    Differential(DifferentialArgs),
}

impl AppCommand {
    /// Checks what a command's options mean together.
    ///
    /// # Errors
    /// Bad usage.
    pub fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Run(args) => args.check(),
            Self::Serve(args) => args.check(),
            Self::Chaos(args) => args.check(),
            Self::Bench(args) => args.check(),
            Self::Export(args) => args.check(),
            Self::Import(_) | Self::Differential(_) => Ok(()),
        }
    }
}

/// Every command.
#[derive(Clone, Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    App(AppCommand),
    /// The test matrix: unit, property, contract, integration, differential, chaos, doc.
    Test(TestArgs),
    /// Every check that is not a test, in CI's order.
    Ci(CiArgs),
    /// The architecture invariants.
    Arch(ArchArgs),
    /// A commented study file to start from.
    NewStudy(NewStudyArgs),
    /// What this machine has and lacks, and the command that gets it.
    Doctor(DoctorArgs),
}

/// Everything that people type in this tree.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", disable_version_flag = true, max_term_width = 120)]
#[command(after_help = "`cargo xtask COMMAND --help` shows a command's options and an example.
Exit codes: 0 success, 1 failure, 2 bad usage, 130 after Ctrl-C.")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

/// Teams of agents that tune any parameter of a system together.
#[cfg(feature = "app")]
#[derive(Debug, Parser)]
#[command(name = "mabeam", version, max_term_width = 120)]
#[command(after_help = "`mabeam COMMAND --help` shows a command's options.
Exit codes: 0 success, 1 failure, 2 bad usage, 130 after Ctrl-C.")]
struct Mabeam {
    #[command(subcommand)]
    command: InstalledCommand,
}

/// Every command of `mabeam`.
#[cfg(feature = "app")]
#[derive(Debug, Subcommand)]
enum InstalledCommand {
    #[command(flatten)]
    App(AppCommand),
    /// A commented study file to start from.
    NewStudy(NewStudyArgs),
}

/// `cargo xtask …`: does a light command itself and hands a computing one on.
pub fn xtask(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let typed = match Xtask::try_parse_from(&arguments) {
        Ok(typed) => typed,
        Err(error) => return usage(&error),
    };
    exit(match typed.command {
        Command::App(command) => command.check().and_then(|()| heavy::hand_on(&command, &arguments[1..])),
        Command::Test(args) => test::main(&args),
        Command::Ci(args) => ci::main(&args),
        Command::Arch(args) => arch::main(&args),
        Command::NewStudy(args) => new_study::main(&args, "cargo xtask run"),
        Command::Doctor(args) => doctor::main(&args),
    })
}

/// The commands of `mabeam` that are of use in this tree alone: it has them for `cargo xtask` to hand on.
#[cfg(feature = "app")]
const OF_THIS_TREE: [&str; 2] = ["bench", "chaos"];

/// `mabeam …`: does a computing command.
#[cfg(feature = "app")]
pub fn mabeam(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    use clap::{CommandFactory as _, FromArgMatches as _};
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Before anything is started: the guard of a program is this executable again.
    if let [_, first, rest @ ..] = arguments.as_slice()
        && first == mabeam_exec::guard::SUBCOMMAND
    {
        return mabeam_exec::guard::main(rest.to_vec());
    }
    let hide = |command: clap::Command, name: &&str| command.mut_subcommand(*name, |command| command.hide(true));
    let shown = OF_THIS_TREE.iter().fold(Mabeam::command(), hide);
    let typed = shown.try_get_matches_from(arguments).and_then(|matches| Mabeam::from_arg_matches(&matches));
    let command = match typed {
        Ok(typed) => typed.command,
        Err(error) => return usage(&error),
    };
    let command = match command {
        InstalledCommand::App(command) => command,
        InstalledCommand::NewStudy(args) => return exit(new_study::main(&args, "mabeam tune")),
    };
    exit(command.check().and_then(|()| match command {
        AppCommand::Run(args) => crate::run::main(args),
        AppCommand::Serve(args) => crate::serve::main(args),
        AppCommand::Bench(args) => crate::bench::main(args),
        AppCommand::Chaos(args) => crate::chaos::main(args),
        AppCommand::Export(args) => crate::export::export(args),
        AppCommand::Import(args) => crate::export::import(args),
        AppCommand::Differential(args) => crate::differential::main(&args),
    }))
}

/// Whether `cargo xtask NAME` is a command.
pub(crate) fn is_command(name: &str) -> bool {
    use clap::CommandFactory as _;
    Xtask::command().find_subcommand(name).is_some()
}

/// Help that was asked for goes to standard output with code 0, a complaint to standard error with code 2.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no error: whoever stopped reading has read enough.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Failure::USAGE) } else { ExitCode::SUCCESS }
}

fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print_failure(&failure);
            ExitCode::from(failure.exit())
        }
    }
}

#[cfg(test)]
mod tests;
