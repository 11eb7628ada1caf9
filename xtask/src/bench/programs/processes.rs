//! The processes of a run, as `/proc` lists them: whoever has the run's mark in its environment.
//!
//! Everything that a run starts inherits the mark, so it is found wherever it hangs in the tree of processes. One that
//! is dead and not yet buried has no environment any more and is not counted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{LOOK, now, pause};
use crate::failure::Failure;

/// The variable that carries the mark.
pub(super) const MARK: &str = "MABEAM_BENCH_RUN";
/// What tells a trial's program which trial it is.
const TRIAL: &str = "MABEAM_TRIAL";
/// How long the end of processes is waited for before they count as left over.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: i32,
    pub(super) parent: i32,
    /// Its arguments, as one line.
    pub(super) line: String,
    environment: Vec<String>,
}

impl Process {
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Those of a run.
pub(super) fn of_run<'a>(processes: &'a [Process], mark: &str) -> Vec<&'a Process> {
    processes.iter().filter(|one| one.variable(MARK) == Some(mark)).collect()
}

/// The program that measures a trial of a run.
pub(super) fn of_trial<'a>(processes: &'a [Process], mark: &str, trial: u64) -> Option<&'a Process> {
    let trial = trial.to_string();
    of_run(processes, mark).into_iter().find(|one| one.variable(TRIAL) == Some(&trial))
}

/// All processes of this machine that may be looked at.
pub(super) fn all() -> Result<Vec<Process>, Failure> {
    let folder = Path::new("/proc");
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::io("list the processes in", folder, &error)
            .advise("run this on Linux: what is left over is counted there")
    })?;
    // One that ends while it is looked at is no process any more.
    Ok(entries.flatten().filter_map(|entry| read(&entry.path())).collect())
}

fn read(folder: &Path) -> Option<Process> {
    let id = folder.file_name()?.to_str()?.parse().ok()?;
    let environment = strings(&fs::read(folder.join("environ")).ok()?);
    let line = strings(&fs::read(folder.join("cmdline")).ok()?).join(" ");
    let parent = parent(&fs::read_to_string(folder.join("stat")).ok()?)?;
    Some(Process { id, parent, line, environment })
}

/// The parent in a line of `stat`: the second field after the name, which may hold anything.
fn parent(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn strings(bytes: &[u8]) -> Vec<String> {
    let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Kills a process from outside; answers whether it was there.
pub(super) fn kill(process: i32) -> bool {
    Pid::from_raw(process).is_some_and(|process| kill_process(process, Signal::KILL).is_ok())
}

/// What was still there when patience was at its end, and how long it took the last of the others to go.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    pub(super) over: Vec<Process>,
    pub(super) after: Duration,
}

/// Waits until no process of a run is there but those that may stay, or patience is at its end.
///
/// Nobody counts as gone after one look: a program that is just being started shows no environment for an instant.
pub(super) fn wait_until_gone(mark: &str, may_stay: impl Fn(&Process) -> bool) -> Result<Left, Failure> {
    let began = now();
    let (mut seen, mut after) = (usize::MAX, Duration::ZERO);
    let mut nobody_before = false;
    loop {
        let processes = all()?;
        let over: Vec<Process> = of_run(&processes, mark).into_iter().filter(|one| !may_stay(one)).cloned().collect();
        let looked = began.elapsed();
        if over.len() < seen {
            (seen, after) = (over.len(), looked);
        }
        if (over.is_empty() && nobody_before) || looked >= PATIENCE {
            return Ok(Left { over, after });
        }
        nobody_before = over.is_empty();
        pause(LOOK);
    }
}

#[cfg(test)]
mod tests;
