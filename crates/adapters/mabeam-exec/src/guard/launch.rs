//! The launcher: a child of the guard that limits itself and turns into the program.
//!
//! It is a process of its own because the limits are to hold for the program and not for the guard, and because only the
//! process itself can ask the kernel to be killed with its parent.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, getppid, setrlimit};

use super::MARK;
use crate::wire::Run;

/// Turns this process into the program; answers why it could not.
pub(super) fn become_program(run: &Run, guard: i32) -> io::Error {
    if let Err(error) = tie_to(guard) {
        return error;
    }
    let mut command = Command::new(&run.program);
    command.args(&run.arguments).stdin(Stdio::null()).env_remove(MARK);
    command.envs(run.environment.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = &run.directory {
        command.current_dir(directory);
    }
    match limit(run) {
        Ok(()) => command.exec(),
        Err(error) => error,
    }
}

/// Sees to it that this process ends with the guard, also where the guard is gone already.
fn tie_to(guard: i32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    if getppid().map(Pid::as_raw_nonzero).map(i32::from) != Some(guard) {
        return Err(io::Error::other("the guard is gone"));
    }
    Ok(())
}

fn limit(run: &Run) -> io::Result<()> {
    // A program that is killed on purpose leaves no core behind.
    set(Resource::Core, 0, 0)?;
    if let Some(cpu) = run.limits.cpu {
        let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0);
        // The first is a signal that a program may catch, the second a kill.
        set(Resource::Cpu, seconds, seconds + 1)?;
    }
    if let Some(bytes) = run.limits.address_space {
        set(Resource::As, bytes, bytes)?;
    }
    Ok(())
}

/// Sets a limit, or leaves it where it is lower already.
fn set(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let now = rustix::process::getrlimit(resource);
    let lower = |limit: u64, now: Option<u64>| Some(now.map_or(limit, |now| now.min(limit)));
    let limits = Rlimit { current: lower(current, now.maximum), maximum: lower(maximum, now.maximum) };
    setrlimit(resource, limits).map_err(io::Error::from)
}
