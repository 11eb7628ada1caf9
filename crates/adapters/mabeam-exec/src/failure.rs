//! Why a run of a program gave no value.

use std::path::Path;

use rustix::process::Signal;

use crate::limits::{self, Limits};
use crate::wire::{Cause, Ended, How};

/// What went wrong, and whether another attempt may go better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) what: String,
    /// It crashed: nothing that we know of makes it the same the next time.
    pub(crate) is_crash: bool,
}

impl Failure {
    /// One that the next attempt would meet again.
    pub(crate) fn lasting(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_crash: false }
    }

    /// One that the next attempt may not meet.
    pub(crate) fn crash(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_crash: true }
    }

    /// What an end means that is no success; nothing for one that is, or that we asked for.
    pub(crate) fn of(ended: Ended, limits: &Limits) -> Option<Self> {
        let beyond = |limit: &str, what: String| Some(Self::lasting(format!("ended at the limit `{limit}` of {what}")));
        match (ended.cause, ended.how) {
            (Some(Cause::Asked), _) => None,
            (Some(Cause::Wall), _) => beyond("wall", format!("{:?}", limits.wall.unwrap_or_default())),
            (Some(Cause::Cpu), _) => beyond("cpu", format!("{:?}", limits.cpu.unwrap_or_default())),
            (Some(Cause::Memory), _) => beyond("memory", limits::shown(limits.memory.unwrap_or_default())),
            (Some(Cause::StarterGone), _) => Some(Self::crash("its guard took its starter for dead".to_owned())),
            (None, How::Exited(0)) => None,
            (None, How::Exited(code)) => Some(Self::crash(format!("exit code {code}{}", Self::hint(limits)))),
            (None, How::Killed(signal)) => {
                let what = format!("killed by signal {signal}{}{}", name(signal), Self::hint(limits));
                Some(Self::crash(what))
            }
        }
    }

    /// A limit that only the program itself gets to know.
    fn hint(limits: &Limits) -> String {
        let limited = |bytes| format!(" (its address space is limited to {})", limits::shown(bytes));
        limits.address_space.map(limited).unwrap_or_default()
    }

    /// The whole reason, for whoever reads the study's log.
    pub(crate) fn told(&self, command: &str, attempt: u32, last_lines: &[String], output: &Path) -> String {
        let mut told = format!("`{command}`: {}", self.what);
        if attempt > 1 {
            told.push_str(&format!(", at attempt {attempt}"));
        }
        if !last_lines.is_empty() {
            told.push_str("; standard error ends:");
            for line in last_lines {
                told.push_str("\n  ");
                told.push_str(line);
            }
            told.push('\n');
        } else {
            told.push_str("; nothing on standard error; ");
        }
        told.push_str(&format!("output: {}", output.display()));
        told
    }
}

/// What the usual signals are called.
fn name(signal: i32) -> String {
    let names = [
        (Signal::SEGV, "SIGSEGV"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::KILL, "SIGKILL"),
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
        (Signal::FPE, "SIGFPE"),
        (Signal::ILL, "SIGILL"),
        (Signal::BUS, "SIGBUS"),
        (Signal::PIPE, "SIGPIPE"),
    ];
    let name = names.into_iter().find(|(known, _)| known.as_raw() == signal);
    name.map_or_else(String::new, |(_, name)| format!(" ({name})"))
}

#[cfg(test)]
mod tests;
