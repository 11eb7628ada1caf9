//! The guard: a small process between whoever measures and the program, so that no end of one leaves the other behind.
//!
//! Whoever measures (the *starter*) starts its own executable anew with a hidden subcommand, whose `main` hands over to
//! [`main`] here, with a socket as standard input. The guard becomes the one to whom orphans below it fall (a *child
//! subreaper*), starts a *launcher*, the same executable again, which sets the limits, asks the kernel to be killed with
//! the guard, and turns into the program. From then on the guard waits for the first of: the program's end, a word from
//! the starter, a limit, and the end of the socket, which is the starter's own end, however it came about. In each case
//! it kills what is left below it until the kernel says that nothing is, and only then tells how it went.
//!
//! | who is killed (`kill -9`) | what becomes of the program and its children |
//! |---|---|
//! | the starter | all of them are killed by the guard |
//! | the guard | the program is killed by the kernel, its group by the starter; a child in another group stays |
//! | both at once | the program is killed by the kernel; its children stay |
//!
//! This is so on Linux. Elsewhere the guard kills the program's process group, and a process that left the group stays;
//! nothing happens to the program when the guard is killed.

mod family;
mod launch;
mod run;
mod watch;

use std::ffi::OsString;
use std::io::{self, BufReader, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use crate::wire::{self, Launch, Order, Said, Task, VERSION};

/// The hidden subcommand by which an executable becomes a guard, where nothing else is agreed on.
pub const SUBCOMMAND: &str = "exec-guard";
/// Set for a guard, so that a program which is no guard is not started anew by itself without an end.
pub(crate) const MARK: &str = "MABEAM_EXEC_GUARD";
/// The argument of a launcher.
const LAUNCH: &str = "launch";

/// Bad usage: somebody typed this.
const USAGE: u8 = 2;
/// The socket broke.
const BROKEN: u8 = 1;

/// Is a guard until its program is gone; `arguments` are what follows the hidden subcommand.
///
/// Call it before anything else is started, in particular before any thread.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let is_launcher = match arguments.as_slice() {
        [] => false,
        [one] if one == LAUNCH => true,
        _ => return usage(),
    };
    let Some(socket) = standard_input() else { return usage() };
    let done = if is_launcher { be_launcher(&socket) } else { be_guard(&socket) };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) }
}

fn be_guard(socket: &UnixStream) -> io::Result<()> {
    let mut from = BufReader::new(socket);
    let Some(order) = read_order(&mut from, socket)? else { return Ok(()) };
    match order.task {
        Task::Hello => wire::write(socket, &Said::Hello { version: VERSION }),
        Task::Run(run) => run::run(*run, from, socket),
    }
}

/// The order; nothing where there is none, or one that this version does not understand, which is then said.
fn read_order(from: &mut BufReader<&UnixStream>, socket: &UnixStream) -> io::Result<Option<Order>> {
    let Some(order) = wire::read::<serde_json::Value>(from)? else { return Ok(None) };
    let version = order.get("version").and_then(serde_json::Value::as_u64);
    if version != Some(u64::from(VERSION)) {
        let asked = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        let reason = format!("the guard speaks version {VERSION} and was asked in version {asked}");
        wire::write(socket, &Said::Refused { reason })?;
        return Ok(None);
    }
    match serde_json::from_value(order) {
        Ok(order) => Ok(Some(order)),
        Err(error) => {
            wire::write(
                socket,
                &Said::Refused { reason: format!("the guard does not understand its order: {error}") },
            )?;
            Ok(None)
        }
    }
}

/// Answers only where it failed: otherwise this process has become the program.
fn be_launcher(socket: &UnixStream) -> io::Result<()> {
    let Some(Launch { run, guard }) = wire::read(BufReader::new(socket))? else { return Ok(()) };
    let error = launch::become_program(&run, guard);
    let reason = format!("start {}: {error}", run.program.display());
    wire::write(socket, &Said::Refused { reason })
}

/// The socket that a guard has as its standard input.
fn standard_input() -> Option<UnixStream> {
    let owned: OwnedFd = io::stdin().as_fd().try_clone_to_owned().ok()?;
    let socket = UnixStream::from(owned);
    // Fails where it is a terminal, a file or a pipe.
    socket.peer_addr().is_ok().then_some(socket)
}

fn usage() -> ExitCode {
    // Nobody has to read it.
    let _ = writeln!(io::stderr(), "this subcommand is for programs that mabeam starts; there is nothing to type here");
    ExitCode::from(USAGE)
}
