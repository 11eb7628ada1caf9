//! The processes below this one, as `/proc` shows them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::Usage;

/// A process, as its `stat` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    process: i32,
    is_dead: bool,
    parent: i32,
    pub(super) group: i32,
    /// When it began, in ticks since the system did: with its number, who it is.
    began: u64,
    /// On processors, in ticks: itself, and its children that it has buried.
    own_ticks: u64,
    buried_ticks: u64,
    /// Resident memory, in pages.
    pages: u64,
}

impl Process {
    fn of(process: i32) -> Option<Self> {
        Self::parse(process, &fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// Reads the line of `stat`; the name, in brackets, may hold anything.
    fn parse(process: i32, line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // Numbered as proc_pid_stat(5) does, where the state is the third.
        let field = |number: usize| fields.get(number - 3).copied();
        let ticks = |number: usize| field(number)?.parse::<u64>().ok();
        Some(Self {
            process,
            is_dead: matches!(field(3)?, "Z" | "X"),
            parent: field(4)?.parse().ok()?,
            group: field(5)?.parse().ok()?,
            began: ticks(22)?,
            own_ticks: ticks(14)? + ticks(15)?,
            buried_ticks: ticks(16)? + ticks(17)?,
            pages: ticks(24)?,
        })
    }

    /// Signals it, unless its number is another's by now.
    pub(super) fn signal(&self, signal: Signal) {
        let Some(Ok(handle)) = Pid::from_raw(self.process).map(|pid| pidfd_open(pid, PidfdFlags::empty())) else {
            return;
        };
        if Self::of(self.process).is_some_and(|now| now.began == self.began) {
            // It may have ended just now.
            let _ = pidfd_send_signal(&handle, signal);
        }
    }
}

/// Everyone below this process who lives.
pub(super) fn below() -> Vec<Process> {
    family().into_iter().filter(|process| !process.is_dead).collect()
}

/// What everyone below this process uses, and has used who is dead.
pub(super) fn usage() -> Option<Usage> {
    let this = Process::of(this_process())?;
    let all = family();
    let ticks = this.buried_ticks + all.iter().map(|process| process.own_ticks + process.buried_ticks).sum::<u64>();
    let pages: u64 = all.iter().map(|process| process.pages).sum();
    Some(Usage { cpu: time(ticks), memory: pages * rustix::param::page_size() as u64 })
}

/// What those have used whom this process has buried.
pub(super) fn spent() -> Option<Duration> {
    Process::of(this_process()).map(|this| time(this.buried_ticks))
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1_000) / rustix::param::clock_ticks_per_second().max(1))
}

fn this_process() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

fn family() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    descendants(this_process(), numbers.filter_map(Process::of))
}

/// Those among `all` whose parent, or the parent of one of whose ancestors, is `root`.
fn descendants(root: i32, all: impl Iterator<Item = Process>) -> Vec<Process> {
    let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found = children.remove(&root).unwrap_or_default();
    let mut next = 0;
    while let Some(process) = found.get(next) {
        // Removed, so that a ring, which a change while one reads could feign, has an end.
        let more = children.remove(&process.process).unwrap_or_default();
        found.extend(more);
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests;
