//! What an experiment found, for people and as JSON.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;

/// What an experiment found. The names are those that scripts rely on.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Verdict {
    pub(super) experiment: String,
    pub(super) seed: u64,
    /// How often a process was killed.
    pub(super) rounds: u64,
    /// How many of these kills fell while it was still recovering from the one before.
    pub(super) rounds_in_recovery: u64,
    /// Acknowledgements that the experiment saw.
    pub(super) acked: u64,
    /// Acknowledged and gone.
    pub(super) lost: u64,
    /// There twice.
    pub(super) duplicated: u64,
    /// There, and never tried.
    pub(super) phantom: u64,
    /// Trials that nobody works on and that are not over.
    pub(super) orphans: u64,
    /// Anything else that was not as promised, in words.
    pub(super) complaints: Vec<String>,
    pub(super) recovery_ms: Recovery,
    /// The bug that was put in.
    pub(super) planted: Option<String>,
    /// Whether something was found wrong.
    pub(super) caught: bool,
}

/// From the start of the process to its first useful work.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Recovery {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Recovery {
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let place = (times.len() as f64 * share).ceil() as usize;
            times.get(place.clamp(1, times.len().max(1)) - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

impl Verdict {
    /// Whether everything was as promised.
    fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.phantom + self.orphans == 0 && self.complaints.is_empty()
    }

    /// Closes the books.
    pub(super) fn close(mut self) -> Self {
        self.caught = !self.is_clean();
        self
    }

    /// Whether the command succeeds: without a bug if nothing was found, with one if it was.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        match (&self.planted, self.caught) {
            (None, false) | (Some(_), true) => Ok(()),
            (None, true) => Err(Failure::new(format!("{}: not everything is as promised", self.experiment))
                .advise(format!("try it again with --seed {}", self.seed))),
            (Some(bug), false) => Err(Failure::new(format!("{}: `{bug}` was put in and not caught", self.experiment))
                .advise("give it more --kills; if that does not help, the experiment is blind")),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, seed {}: {} kills, {} of them during recovery; {} acknowledged, {} lost, {} duplicated, {} phantom, \
             {} left running.",
            self.experiment,
            self.seed,
            self.rounds,
            self.rounds_in_recovery,
            self.acked,
            self.lost,
            self.duplicated,
            self.phantom,
            self.orphans
        )?;
        for complaint in &self.complaints {
            writeln!(f, "  {complaint}")?;
        }
        let Recovery { p50, p99, max } = self.recovery_ms;
        write!(f, "Start to useful work: median {p50:.0} ms, 99th percentile {p99:.0} ms, longest {max:.0} ms.")?;
        if let Some(bug) = &self.planted {
            write!(f, "\nPlanted `{bug}`: {}.", if self.caught { "caught" } else { "not caught" })?;
        }
        Ok(())
    }
}
