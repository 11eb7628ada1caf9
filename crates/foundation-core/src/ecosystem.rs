//! Ecosystems: a coordinator that hands work out to workers, all below one supervisor, so that each of them may die.
//!
//! What was accepted stands in a book that outlives every process: a worker's death hands its items to others, a
//! coordinator's death loses nothing, and each item is over exactly once for its submitter, with a result or with the
//! reason why there is none. In between it may begin several times; an item that keeps killing workers is given up
//! after a stated number of attempts.
//!
//! Backpressure is by credit: a worker has a stated number of items at once, what waits beyond that is bounded, and a
//! submission that finds no room waits or is refused, as the [settings](EcosystemSettings) say.
//!
//! Code that blocks, or computes long without an await, belongs on a thread of its own: [`Isolation`].

mod settings;

mod worker;

mod job;

mod layout;

mod book;

mod shared;

mod coordinator;

mod seat;

mod guard;

mod isolated;

mod info;

mod health;

mod handle;

pub use book::Totals;
pub use handle::{Ecosystem, Stop, Stopped};
pub use health::{EcosystemHealth, HealthLimits, HealthReason, HealthStatus};
pub use info::{EcosystemInfo, EcosystemPhase, MemberInfo};
pub use isolated::{Cancellation, Isolated, IsolatedError, IsolatedThread, Isolation};
pub use job::{AttemptFailure, Job, NotAccepted, SubmitError, WorkError};
pub use settings::{EcosystemSettings, Topology, WhenFull};
pub use worker::{MemberId, Worker, WorkerContext, WorkerId};
