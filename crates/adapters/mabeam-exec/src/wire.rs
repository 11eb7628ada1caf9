//! What the two sides of a guard's socket say: an order, then words, one way; what became of the program, the other.
//! Lines of JSON, with a version in the first one each way.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The version of everything here. Both sides are usually the same executable; a guard of its own may be older.
pub(crate) const VERSION: u32 = 1;
/// The longest line: an order holds a command, of which systems take 2 MiB.
const LONGEST: u64 = 16 << 20;

/// What a guard is asked for, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) version: u32,
    pub(crate) task: Task,
}

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// To answer that one is a guard.
    Hello,
    /// To run a program.
    Run(Box<Run>),
}

/// A program to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Its absolute path.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// Where it works; where the guard works if it is nothing.
    pub(crate) directory: Option<PathBuf>,
    /// Variables set on top of those of the guard.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) limits: Limits,
    /// From the request to end to the kill.
    pub(crate) grace: Duration,
}

/// A word to a guard whose program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// Ask the program to end, and kill it after the grace.
    Stop,
    /// Let no process of it go on until further notice.
    Hold,
    /// Let them go on.
    GoOn,
}

/// What a guard says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// It is a guard, of this version.
    Hello { version: u32 },
    /// The program runs, as the leader of a group with its own number.
    Started { process: i32 },
    /// It could not be started.
    Refused { reason: String },
    /// It and everything that it started is gone.
    Ended(Ended),
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) how: How,
    /// Why the guard ended it, if the guard did.
    pub(crate) cause: Option<Cause>,
    /// The time on processors of everyone who was below the guard, where the system tells.
    #[serde(default)]
    pub(crate) cpu: Option<Duration>,
}

/// How the program's own process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// With this code.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// Why a guard ended a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// It was told to.
    Asked,
    /// Its starter is gone.
    StarterGone,
    /// `Limits::wall`.
    Wall,
    /// `Limits::cpu`.
    Cpu,
    /// `Limits::memory`.
    Memory,
}

/// What a launcher is asked for: a guard's child that becomes the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub(crate) run: Run,
    /// The guard, without which there is to be no program.
    pub(crate) guard: i32,
}

/// Writes one line.
pub(crate) fn write(mut to: impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads one line; nothing at the end.
pub(crate) fn read<T: DeserializeOwned>(from: impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    match io::Read::take(from, LONGEST).read_until(b'\n', &mut line) {
        // The other side ended without having read everything, which is an end as well.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
        Err(error) => return Err(error),
        Ok(0) => return Ok(None),
        Ok(_) => {}
    }
    Ok(Some(serde_json::from_slice(&line)?))
}
