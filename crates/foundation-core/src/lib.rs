//! Supervised processes, and the ports through which they reach the world.
//!
//! A [`Process`] is a state that only its own messages touch. A [`Supervisor`] starts processes in order, starts them
//! again when they fail, within limits, and stops them in reverse order. An [`Address`] stays valid over restarts,
//! and a call to it always ends: with an answer, or with the reason why there is none.
//!
//! Nothing here reads a clock, draws a random number, starts a task or opens a file by itself: a [`Runtime`] is made
//! of [ports](port), and adapter crates implement them. So a test can own the world, and this one does:
//!
//! ```
//! use std::time::Duration;
//!
//! use foundation_core::event::NodeId;
//! use foundation_core::{
//!     Address, Backoff, CallError, ChildSpec, Context, Exit, Process, Refusal, Reply, Runtime, RuntimeParts, Supervisor,
//!     Telemetry,
//! };
//! use foundation_memory::Simulation;
//!
//! /// Counts the seconds it has lived.
//! struct Ticker(u64);
//!
//! enum Message {
//!     Tick,
//!     Read(Reply<u64>),
//! }
//!
//! impl Process for Ticker {
//!     type Message = Message;
//!
//!     async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
//!         ctx.send_after(Duration::from_secs(1), Message::Tick);
//!         Ok(())
//!     }
//!
//!     async fn handle(&mut self, message: Message, ctx: &mut Context<Self>) -> Result<(), Exit> {
//!         match message {
//!             Message::Tick => {
//!                 self.0 += 1;
//!                 ctx.send_after(Duration::from_secs(1), Message::Tick);
//!             }
//!             Message::Read(reply) => {
//!                 reply.send(self.0);
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let runtime = Runtime::new(RuntimeParts {
//!     clock: world.clock(),
//!     entropy: world.entropy(),
//!     spawner: world.spawner(),
//!     node: NodeId::new("test")?,
//!     telemetry: Telemetry::none(),
//! });
//! let ticker = ChildSpec::new("ticker", || Ticker(0)).backoff(Backoff::default());
//! let address = ticker.address();
//! let read = || world.block_on(address.call(Message::Read, Duration::from_secs(1)));
//! let tree = world.block_on(runtime.supervise("app", Supervisor::one_for_one().child(ticker)))?;
//!
//! world.advance(Duration::from_secs(3));
//! assert_eq!(read()?, 3);
//!
//! // A second life under the same address, after a wait of about a tenth of a second.
//! address.kill();
//! world.run_until_idle();
//! assert!(matches!(read(), Err(CallError::NotSent(Refusal::NotRunning))));
//! world.advance(Duration::from_secs(2));
//! assert_eq!(address.process_ref().incarnation, 2);
//! assert_eq!(read()?, 1);
//!
//! world.block_on(tree.shutdown());
//! let ledger = runtime.ledger();
//! assert_eq!(ledger.sent, ledger.handled + ledger.rejected);
//! # Ok(())
//! # }
//! ```
//!
//! # Reading order
//! 1. [`port`]: what the domain asks of the world; [`Error`] and [`event`], which ports speak of.
//! 2. [`process`]: lanes, ends, links, monitors, timers.
//! 3. [`supervisor`]: who starts whom, and what happens when it fails; [dynamic](DynamicSupervisor) supervisors, whose
//!    children come and go.
//! 4. [`Runtime`]: the value that holds it together; [`telemetry`]: what it measures.
//! 5. [`diagnosis`]: who waits for whom, and who does not get on.
//! 6. [`registry`]: names for processes and groups of them, in memory or behind a port.
//! 7. [`message`]: large payloads, one message for many, and producers that wait for credit.
//! 8. [`ecosystem`]: a coordinator and its workers, work that outlives both, and work on threads of its own.
//! 9. [`coordination`]: locks, leaders, permits, barriers and counters of programs that share a store, with tokens that
//!    tell a late holder from the present one.
//!
//! What each of them guarantees, and which test shows it, stands in `docs/semantics.md`.
//!
//! # What it is not
//! It is no executor: tasks run on tokio, or on whatever implements
//! [`CustomSpawner`](port::spawner::CustomSpawner). It does not preempt: a kill acts at the next await. An address does
//! not leave its program; what reaches other nodes goes through the messaging port.

pub mod coordination;
pub mod diagnosis;
pub mod ecosystem;
mod error;
pub mod event;
pub mod message;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod port;
pub mod process;
pub mod registry;
mod runtime;
mod spawner_tokio;
pub mod supervisor;
pub mod telemetry;

pub use ecosystem::{Ecosystem, EcosystemSettings, Job, Topology, WorkError, Worker, WorkerContext, WorkerId};
pub use error::{Category, Code, Error, Result, Transience};
pub use port::spawner::Spawner;
pub use process::{
    Address, CallError, Cast, ChildExit, Context, DrainError, Drained, Exit, MailboxSettings, MonitorId, Notice,
    Overflow, Process, Refusal, Reply, SendError, TimerId,
};
pub use registry::{Claim, Names, ProcessGroups, ProcessRegistry};
pub use runtime::{Ledger, Runtime, RuntimeParts};
pub use spawner_tokio::TokioHandle;
pub use supervisor::{
    AutoShutdown, Backoff, ChildError, ChildName, ChildSpec, ChildState, ChildTemplate, DynamicMessage,
    DynamicSupervisor, PartitionSupervisor, Restart, Shutdown, StartError, Strategy, Supervisor, SupervisorHandle,
    SupervisorMessage, SupervisorRules, TreeNode, WhenSpent,
};
pub use telemetry::{MeasuredEventLog, Telemetry};
