//! How an ecosystem is to be: its size, its shape, its limits.

use std::time::Duration;

use serde::Serialize;

use super::HealthLimits;
use crate::supervisor::Backoff;

/// Who talks to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topology {
    /// One coordinator over all workers. The default.
    #[default]
    Star,
    /// Coordinators below the coordinator, so that each has at most `fan_out` others below it. Each part has a
    /// supervisor of its own, so that a part that keeps failing is started anew as a whole before everything is.
    Tree {
        /// How many members each coordinator has at most; at least 2.
        fan_out: usize,
    },
    /// As a star, and the workers know and write to each other.
    Mesh,
    /// As a star, and the workers stand in a circle in which one token goes round. Each knows and writes to the next.
    Ring {
        /// How long each keeps the token; at least a millisecond.
        pace: Duration,
    },
}

/// What happens to a submission that finds no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits for room this long, first come first served, and is refused then.
    Wait(Duration),
    /// It is refused.
    Refuse,
}

/// How an ecosystem is to be. Every field has a default; counts of zero count as one.
#[derive(Clone, Debug)]
pub struct EcosystemSettings {
    /// How many workers; 4 by default.
    pub workers: usize,
    /// Who talks to whom; a star by default.
    pub topology: Topology,
    /// The most accepted items that wait for a worker; 1,024 by default. Items that come back from a worker that died
    /// were accepted before, and may exceed it for a while: by `workers * credit` at most.
    pub queue: usize,
    /// What happens to a submission beyond that; it waits up to five seconds by default.
    pub when_full: WhenFull,
    /// The most items that one worker has at once, the one at hand and those it was handed; 2 by default, so that it
    /// need not wait for the next one. What stands behind the item at hand is taken back for a worker that has nothing
    /// to do.
    pub credit: usize,
    /// How often an item may begin before it is given up; 3 by default. An attempt is spent when the worker dies with
    /// the item at hand, when it takes longer than `time_limit`, or fails with an error that may pass.
    pub attempts: u32,
    /// How long one attempt may take; without limit by default.
    pub time_limit: Option<Duration>,
    /// How many restarts each supervisor of the ecosystem tolerates within which time, over all its children; 100 in
    /// 10 s by default. Beyond that it gives up, and when the topmost does, the ecosystem is over.
    pub intensity: (u32, Duration),
    /// Waits before a worker is started again; none by default.
    pub worker_backoff: Option<Backoff>,
    /// How long a worker may take to end when it is asked to; 5 s by default. Then it is killed.
    pub patience: Duration,
    /// From when on it counts as degraded or critical.
    pub limits: HealthLimits,
}

impl Default for EcosystemSettings {
    fn default() -> Self {
        Self {
            workers: 4,
            topology: Topology::default(),
            queue: 1_024,
            when_full: WhenFull::Wait(Duration::from_secs(5)),
            credit: 2,
            attempts: 3,
            time_limit: None,
            intensity: (100, Duration::from_secs(10)),
            worker_backoff: None,
            patience: Duration::from_secs(5),
            limits: HealthLimits::default(),
        }
    }
}
