//! What a worker does, and what it may ask for meanwhile.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::isolated::{Cancellation, Isolated};
use super::peers::PeerChange;
use super::ring::Token;
use super::seat::Seat;
use super::shared::Shared;
use crate::error::Error;
use crate::port::clock::Clock;
use crate::process::{Context, Exit};
use crate::runtime::Runtime;

/// Names a worker of an ecosystem, over all its lives; counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkerId(pub usize);

/// Names a member of an ecosystem, over all its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberId {
    /// A coordinator; 0 is the one above all, and only a tree has others.
    Coordinator(usize),
    /// A worker.
    Worker(WorkerId),
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coordinator(node) => write!(f, "coordinator-{node}"),
            Self::Worker(worker) => worker.fmt(f),
        }
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker-{}", self.0)
    }
}

/// The behaviour of a worker. It is a process below its ecosystem's supervisor; each life begins with a state made
/// anew.
///
/// Its functions are called one at a time. The future of [`work`](Self::work) may be dropped at an await: when it
/// takes longer than an attempt may, and when its submitter took the work back. What the worker keeps for itself must
/// stand that. A panic, or the end of the process in any other way, spends the attempt of the item at hand and of no
/// other.
///
/// Items are begun at least once, and only the first ending counts: one that was handed out again because its worker
/// died may have had its effects outside of the ecosystem already.
pub trait Worker: Send + Sized + 'static {
    /// A piece of work. The ecosystem keeps it until it is over, and lends it to each attempt.
    type Work: Send + Sync + 'static;
    /// Its result.
    type Output: Send + 'static;
    /// What workers write to each other, where the topology lets them; `()` where they do not.
    type Message: Send + 'static;

    /// Runs once at the start of each life, before any work.
    ///
    /// # Errors
    /// The reason to end with: the start has failed. Nothing to do by default.
    fn init(&mut self, ctx: &mut WorkerContext<'_, Self>) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Does a piece of work.
    ///
    /// # Errors
    /// An error whose code is transient spends the attempt, and the item begins again as long as it has some left; any
    /// other error is the item's ending.
    fn work(
        &mut self,
        work: &Self::Work,
        ctx: &mut WorkerContext<'_, Self>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// Reads what another worker wrote. Ignores it by default.
    ///
    /// # Errors
    /// The reason to end with.
    fn message(
        &mut self,
        from: WorkerId,
        message: Self::Message,
        ctx: &mut WorkerContext<'_, Self>,
    ) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = (from, message, ctx);
        async { Ok(()) }
    }

    /// Hears that those it may write to have changed: at its start, and at deaths and restarts in a mesh or ring.
    /// Changes that come together are told as one. Ignores it by default; [`WorkerContext::peers`] is up to date anyway.
    ///
    /// # Errors
    /// The reason to end with.
    fn peers_changed(
        &mut self,
        change: PeerChange,
        ctx: &mut WorkerContext<'_, Self>,
    ) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = (change, ctx);
        async { Ok(()) }
    }

    /// Has the token of its ring, while this runs and until the ring's pace is over: no other worker has it meanwhile.
    /// It comes after the work at hand. Nothing to do by default.
    ///
    /// # Errors
    /// The reason to end with; the token is lost then, and made anew for the next.
    fn token(
        &mut self,
        token: Token,
        ctx: &mut WorkerContext<'_, Self>,
    ) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = (token, ctx);
        async { Ok(()) }
    }

    /// Runs once at an orderly end, as [`Process::terminate`](crate::Process::terminate). Nothing to do by default.
    fn terminate(&mut self, reason: &Exit, ctx: &mut WorkerContext<'_, Self>) -> impl Future<Output = ()> + Send {
        let _ = (reason, ctx);
        async {}
    }
}

/// A worker's view of itself, handed to each of its functions.
pub struct WorkerContext<'a, W: Worker> {
    pub(super) ctx: &'a mut Context<Seat<W>>,
    pub(super) shared: &'a Arc<Shared<W>>,
    pub(super) id: WorkerId,
    pub(super) attempt: u32,
}

impl<W: Worker> WorkerContext<'_, W> {
    /// Which worker it is.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// How often the item at hand has begun, this time included; 0 where none is at hand.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The runtime it runs on.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        self.ctx.runtime()
    }

    /// Its runtime's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.ctx.clock()
    }

    /// Tells of `bytes` more (or fewer) that it holds in this life. The health of the ecosystem is judged by it.
    pub fn account_memory(&mut self, bytes: i64) {
        self.ctx.account_memory(bytes);
    }

    /// Starts work on a thread of its own, as [`Isolation::run`](super::Isolation::run). What is left running is seen in the ecosystem's
    /// [`info`](super::Ecosystem::info).
    pub fn isolate<T: Send + 'static>(
        &self,
        name: &'static str,
        limit: Option<Duration>,
        work: impl FnOnce(&Cancellation) -> T + Send + 'static,
    ) -> Isolated<T> {
        self.shared.isolation.run(name, limit, work)
    }

    /// Lets other tasks run, as [`Context::yield_if_spent`].
    pub async fn yield_if_spent(&mut self) {
        self.ctx.yield_if_spent().await;
    }
}

impl<W: Worker> fmt::Debug for WorkerContext<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerContext").field("id", &self.id).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}
