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
//! ```
//! use foundation_core::ecosystem::{MemberId, Stop};
//! use foundation_core::{Ecosystem, EcosystemSettings, Error, Worker, WorkerContext, WorkerId};
//! # use foundation_core::{Runtime, RuntimeParts, Telemetry, event::NodeId};
//! # use foundation_memory::Simulation;
//!
//! /// Counts the words of a text.
//! struct Counter;
//!
//! impl Worker for Counter {
//!     type Work = String;
//!     type Output = usize;
//!     type Message = ();
//!
//!     async fn work(&mut self, text: &String, _: &mut WorkerContext<'_, Self>) -> Result<usize, Error> {
//!         Ok(text.split_whitespace().count())
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let world = Simulation::new(1);
//! # let runtime = Runtime::new(RuntimeParts {
//! #     clock: world.clock(),
//! #     entropy: world.entropy(),
//! #     spawner: world.spawner(),
//! #     node: NodeId::new("test")?,
//! #     telemetry: Telemetry::none(),
//! # });
//! # world.block_on(async {
//! let counters = Ecosystem::start(&runtime, "counters", EcosystemSettings::default(), |_| Counter).await?;
//! let job = counters.submit("one two three".to_owned()).await?;
//!
//! // Whoever dies meanwhile, the job is over once.
//! counters.kill(MemberId::Coordinator(0));
//! counters.kill(MemberId::Worker(WorkerId(0)));
//! assert_eq!(job.await?, 3);
//!
//! println!("{}\n{}", counters.health(), counters.info());
//! assert!(counters.shutdown(Stop::Now).await.is_drained);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })
//! # }
//! ```
//!
//! Who talks to whom is the [`Topology`]: coordinators may stand in a tree, workers may know and write to each other,
//! or pass one token around a ring that heals.
//!
//! The book, like the ring, is in the memory of one program and ends with it; neither reaches other nodes. Whatever
//! decides (the book, the ring, the [health](EcosystemHealth)) is a pure state machine or function; the processes around
//! them watch, wake and work.
//!
//! Code that blocks, or computes long without an await, belongs on a thread of its own: [`Isolation`].

mod settings;

mod worker;

mod job;

mod layout;

mod peers;

mod ring;

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
pub use peers::{NotSent, Peer, PeerChange, PeerError};
pub use ring::{Token, TokenPlace};
pub use settings::{EcosystemSettings, Topology, WhenFull};
pub use worker::{MemberId, Worker, WorkerContext, WorkerId};
