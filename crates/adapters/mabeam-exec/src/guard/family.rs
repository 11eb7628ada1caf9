//! Everything that lives below the guard: found, signalled, buried.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process_group, wait, waitid};

use crate::wire::How;

/// What a program and everything below it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// Time on processors since the start, of the dead too.
    pub(super) cpu: Duration,
    /// Resident memory now, in bytes.
    pub(super) memory: u64,
}

/// The processes below this one.
#[derive(Debug)]
pub(super) struct Family {
    /// The program, which leads a group with its own number.
    program: Pid,
    /// How it ended, if it did.
    ended: Option<How>,
}

impl Family {
    pub(super) fn new(program: Pid) -> Self {
        Self { program, ended: None }
    }

    /// Buries who is dead. Answers whether anyone is left.
    pub(super) fn bury(&mut self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if self.ended.is_none() && matches!(waitid(WaitId::Pid(self.program), look), Ok(Some(_))) {
            // Before it is buried, so that the group's number is still its own. Nobody else may be in the group.
            let _ = kill_process_group(self.program, Signal::KILL);
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == self.program => {
                    let by_signal = status.terminating_signal().map(How::Killed);
                    self.ended = by_signal.or(status.exit_status().map(How::Exited));
                }
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return true,
                // No child, and on Linux so nobody below one either: who loses its parent becomes a child of the guard.
                Err(_) => return false,
            }
        }
    }

    /// How the program ended, if it did.
    pub(super) fn ended(&self) -> Option<How> {
        self.ended
    }

    /// Sends a signal to everyone.
    pub(super) fn signal(&self, signal: Signal) {
        // As long as the program is not buried, its number is its own, and so is that of its group.
        if self.ended.is_none() {
            // It may have ended just now.
            let _ = kill_process_group(self.program, signal);
        }
        // On Linux, those too who have left the group, or whose leader is buried. Whoever had it already hears it twice,
        // which is the same for each of these signals but a request to end that a program counts.
        #[cfg(target_os = "linux")]
        for other in proc::below().iter().filter(|other| self.ended.is_some() || other.group != self.program_number()) {
            other.signal(signal);
        }
    }

    #[cfg(target_os = "linux")]
    fn program_number(&self) -> i32 {
        self.program.as_raw_nonzero().get()
    }

    /// What everyone uses, where the system tells.
    #[cfg(target_os = "linux")]
    pub(super) fn usage(&self) -> Option<Usage> {
        proc::usage()
    }

    /// The time on processors of everyone who is buried, where the system tells.
    #[cfg(target_os = "linux")]
    pub(super) fn spent(&self) -> Option<Duration> {
        proc::spent()
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn spent(&self) -> Option<Duration> {
        None
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn usage(&self) -> Option<Usage> {
        None
    }
}

#[cfg(target_os = "linux")]
mod proc;
