//! What one run of a program may use.

use std::time::Duration;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// What one run of a program, with everything that it starts, may use. Whoever goes beyond is ended, and the trial fails
/// with the limit's name.
///
/// Default: 64 MiB of output, nothing else is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time since its start, without the time for which it is held while the study decides. It is first asked to end.
    pub wall: Option<Duration>,
    /// Time on processors, of all its processes together, looked at up to ten times a second; and for each process by itself
    /// (`RLIMIT_CPU`), rounded up to seconds. Off Linux the latter only.
    pub cpu: Option<Duration>,
    /// Resident memory in bytes, of all its processes together, looked at up to ten times a second: a peak between two looks
    /// passes, and pages that several processes share count for each. Linux only; elsewhere it is refused.
    pub memory: Option<u64>,
    /// Addresses in bytes that each process may have mapped (`RLIMIT_AS`): exact, but counts what is only reserved, of
    /// which numerical libraries reserve much. The program is told by its allocator, so that its end looks like a crash.
    pub address_space: Option<u64>,
    /// Bytes on standard output, and as many on standard error.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall: None, cpu: None, memory: None, address_space: None, output: 64 << 20 }
    }
}

impl Limits {
    /// Checks that something is allowed by each limit, and that this system can watch it.
    ///
    /// # Errors
    /// `InvalidConfiguration`, naming the limit.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(Code::InvalidConfiguration, format!("limits of a program: {what}")));
        let is_none = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        let limits = [
            ("wall", is_none(self.wall)),
            ("cpu", is_none(self.cpu)),
            ("memory", self.memory == Some(0)),
            ("address_space", self.address_space == Some(0)),
            ("output", self.output == 0),
        ];
        if let Some((name, _)) = limits.iter().find(|(_, is_nothing)| *is_nothing) {
            return wrong(&format!("`{name}` is 0, which no program keeps to"));
        }
        if self.memory.is_some() && cfg!(not(target_os = "linux")) {
            return wrong("`memory` needs Linux; `address_space` is for every system");
        }
        Ok(())
    }
}

/// A size for people: the largest unit that leaves no fraction.
pub(crate) fn shown(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests;
