//! How a computing command is built and started: through cargo, as the binary `mabeam`, with the profile that suits it.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::AppCommand;
use crate::failure::Failure;
use crate::workspace;

/// Builds `mabeam` and becomes it.
///
/// On Unix this process turns into cargo and cargo turns into `mabeam`, so that standard input and output, Ctrl-C,
/// signals by process id and the exit code need nobody in between. Elsewhere it waits and passes the exit code on.
///
/// # Errors
/// When cargo cannot be started, and off Unix when the command failed. Does not return otherwise on Unix.
pub(crate) fn hand_on(command: &AppCommand, arguments: &[OsString]) -> Result<(), Failure> {
    let root = workspace::root()?;
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--manifest-path"]).arg(root.join("Cargo.toml"));
    if !io::stderr().is_terminal() {
        cargo.arg("--quiet");
        announce_first_build(&root, command);
    }
    cargo.args(build_arguments(command)).arg("--").args(arguments);
    become_it(cargo)
}

/// Says why nothing happens for minutes, where cargo's own progress would only fill a log.
fn announce_first_build(root: &Path, command: &AppCommand) {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let profile = if matches!(command, AppCommand::Bench(_)) { "release" } else { "job" };
    if !target.join(profile).join("mabeam").exists() {
        // The result is dropped on purpose: whoever closed standard error does not want to read it.
        let _ = writeln!(io::stderr(), "building mabeam with the profile {profile}; the first time takes minutes");
    }
}

/// What decides which binary is built: benchmarks alone pay for a release build, a planted bug is in no
/// other one, and memory is counted only where it is asked about.
pub(crate) fn build_arguments(command: &AppCommand) -> Vec<&'static str> {
    let mut arguments = vec!["--package", "xtask", "--bin", "mabeam"];
    let planted = match command {
        AppCommand::Chaos(args) => args.plant.is_some(),
        AppCommand::Differential(args) => args.plant.is_some(),
        _ => false,
    };
    let counted = matches!(command, AppCommand::Chaos(args) if args.experiment.counts_memory());
    arguments.extend(["--features", features(planted, counted)]);
    match command {
        AppCommand::Bench(_) => arguments.push("--release"),
        _ => arguments.extend(["--profile", "job"]),
    }
    arguments
}

/// The features of a build with planted bugs, and of one that counts memory.
pub(crate) fn features(planted: bool, counted: bool) -> &'static str {
    match (planted, counted) {
        (true, _) => "app,planted-bugs",
        (false, true) => "app,counted-memory",
        (false, false) => "app",
    }
}

#[cfg(unix)]
fn become_it(mut command: Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    Err(cannot_start(&command.exec()))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| cannot_start(&error))?;
    match status.code() {
        Some(0) => Ok(()),
        // The command has said why; cargo and it share the codes of this contract.
        code => std::process::exit(code.unwrap_or(i32::from(Failure::FAILED))),
    }
}

fn cannot_start(error: &io::Error) -> Failure {
    Failure::new(format!("start cargo: {error}")).advise("install Rust, or put cargo on the PATH")
}

#[cfg(test)]
mod tests;
