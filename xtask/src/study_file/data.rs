//! What a study file says, as plain data: the defaults filled in, every name and every bound checked.

use std::path::PathBuf;
use std::time::Duration;

use mabeam::{Allocation, Direction, Member, Params, Schedule, SearchSpace};

/// A study as its file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyFile {
    /// What it is called: letters, digits, `_` and `-`.
    pub name: String,
    /// What is aimed at; one or more.
    pub objectives: Vec<Goal>,
    /// Where its random numbers come from.
    pub seed: u64,
    /// How many trials stand open at a time.
    pub slots: u32,
    /// How many trainers work at a time, at most as many as slots.
    pub agents: u32,
    /// Epochs that end it: those of the file, and otherwise so many that its trials or its time end it.
    pub budget: Option<u64>,
    /// Trials that end it.
    pub trials: Option<u64>,
    /// Time that ends it, interruptions not counted.
    pub time: Option<Duration>,
    /// What is tuned.
    pub space: SearchSpace,
    /// Points of the space that are tried first; each keeps the constraints.
    pub enqueue: Vec<Params>,
    /// Who proposes; no two share a name.
    pub members: Vec<Member>,
    /// How the next trial finds its sampler.
    pub allocation: Allocation,
    /// What each sampler begins with, in units.
    pub credit: u64,
    /// Which trials go on. Whether the others wait or end is the objective's to say.
    pub schedule: Schedule,
    /// The program, if the file has one.
    pub exec: Option<Exec>,
    /// Who checks a new best configuration, if anybody does.
    pub critics: Option<Critics>,
}

/// An objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What it is called; none where there is one alone.
    pub name: Option<String>,
    /// Which values are better.
    pub direction: Direction,
}

/// A program with places for parameters, `{name}`, all of them names that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandText {
    /// One line, still to be split into words.
    Line(String),
    /// Words that are split already.
    Words(Vec<String>),
}

/// The program that trains and reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// What is run.
    pub command: CommandText,
    /// Where it works.
    pub directory: PathBuf,
    /// Variables that are set for it, by name.
    pub environment: Vec<(String, String)>,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// How much time on processors a run may use.
    pub cpu: Option<Duration>,
    /// How many bytes of memory a run may use.
    pub memory_bytes: Option<u64>,
    /// How many bytes a run may write to standard output, and to standard error.
    pub output_bytes: u64,
    /// How often a run that crashed is started again.
    pub retries: u32,
    /// The wait before the first retry.
    pub backoff: Duration,
    /// The longest wait before a retry.
    pub longest_backoff: Duration,
    /// From the request to end to the kill.
    pub grace: Duration,
    /// Whether it is held while the study decides.
    pub hold: bool,
}

impl Exec {
    /// A program with everything else as it is where a file says nothing.
    #[must_use]
    pub fn of(command: CommandText, directory: PathBuf) -> Self {
        Self {
            command,
            directory,
            environment: Vec::new(),
            timeout: None,
            cpu: None,
            memory_bytes: None,
            output_bytes: 64 << 20,
            retries: 1,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(60),
            grace: Duration::from_secs(5),
            hold: true,
        }
    }
}

/// Who checks a new best configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Critics {
    /// How many.
    pub count: u32,
    /// What each runs; `{critic}` stands for its number.
    pub command: CommandText,
}
