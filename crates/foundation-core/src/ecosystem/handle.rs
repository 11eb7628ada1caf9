//! An ecosystem from outside: starting it, giving it work, and ending it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::book::{Book, Rules, Totals};
use super::coordinator::{Coordinator, Look};
use super::guard::{Guard, Over};
use super::job::{Job, NotAccepted, SubmitError};
use super::layout::{Layout, Member};
use super::seat::{Seat, SeatMessage};
use super::settings::{EcosystemSettings, WhenFull};
use super::shared::Shared;
use super::worker::{MemberId, Worker, WorkerId};
use crate::port::clock::deadline;
use crate::process::{Address, Exit};
use crate::runtime::Runtime;
use crate::supervisor::{ChildSpec, Shutdown, StartError, Supervisor, SupervisorHandle};

/// Coordinators and workers below one supervisor, and the book of the work they were given. Clones are the same
/// ecosystem; dropping them stops nothing.
pub struct Ecosystem<W: Worker> {
    pub(super) inner: Arc<Inner<W>>,
}

pub(super) struct Inner<W: Worker> {
    pub(super) runtime: Runtime,
    pub(super) settings: EcosystemSettings,
    pub(super) shared: Arc<Shared<W>>,
    pub(super) tree: SupervisorHandle,
    guard: Address<Over>,
}

/// How an ecosystem is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It takes nothing more in, and has this long to finish what it has. What is not over then ends as
    /// [`WorkError::ShutDown`](super::WorkError::ShutDown).
    Drain(Duration),
    /// What is not over ends as [`WorkError::ShutDown`](super::WorkError::ShutDown) at once.
    Now,
}

/// How a shutdown went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stopped {
    /// Everything that had been accepted was over before: nothing was cut off.
    pub is_drained: bool,
    /// Why the topmost supervisor ended: [`Exit::Shutdown`], unless it had given up before.
    pub exit: Exit,
    /// Threads of [isolated work](super::Isolation) that its workers left behind and that have not ended.
    pub abandoned_threads: usize,
}

impl<W: Worker> Ecosystem<W> {
    /// Starts an ecosystem: its supervisors, its coordinators and its workers, each after the `init` of the one before.
    ///
    /// `name` says whose processes these are in metrics. `worker` makes a worker's state anew for each of its lives; a
    /// panic in it counts as a failed start.
    ///
    /// # Errors
    /// [`StartError`] when a worker does not start; those before it were stopped, the last one first.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the ecosystem to start and run, with nobody to give it work.
    pub async fn start(
        runtime: &Runtime,
        name: &'static str,
        settings: EcosystemSettings,
        worker: impl Fn(WorkerId) -> W + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let layout = Layout::new(settings.topology, settings.workers.max(1));
        let rules = Rules {
            capacity: settings.queue.max(1),
            attempts: settings.attempts.max(1),
            credit: settings.credit.max(1),
        };
        let book = Book::new(rules, layout.clone());
        let shared = Shared::new(name, settings.topology, settings.time_limit, book, runtime);
        let mut plan = Plan {
            settings: &settings,
            layout: &layout,
            shared: &shared,
            worker: Arc::new(worker),
            nodes: vec![None; layout.nodes.len()],
            workers: vec![None; layout.workers.len()],
        };
        let supervisor = plan.supervisor(0);
        let (nodes, workers) = (plan.nodes, plan.workers);
        shared.settle_in(nodes.into_iter().flatten().collect(), workers.into_iter().flatten().collect());
        let tree = runtime.supervise(name, supervisor).await?;
        let guard = runtime.spawn("ecosystem-guard", Guard::new(Arc::clone(&shared), tree.clone()));
        Ok(Self { inner: Arc::new(Inner { runtime: runtime.clone(), settings, shared, tree, guard }) })
    }

    /// Gives it a piece of work. Where the queue is full, the submission waits or is refused, as
    /// [`EcosystemSettings::when_full`] says.
    ///
    /// Once accepted, the work is over exactly once for its submitter, whoever dies meanwhile: with a result, or with
    /// the [`WorkError`](super::WorkError) that says why there is none. It may begin more than once.
    ///
    /// # Errors
    /// [`SubmitError`] gives the work back: there is no room, or the ecosystem takes nothing more.
    ///
    /// # Cancel safety
    /// Dropping the future takes the work back.
    pub async fn submit(&self, work: impl Into<Arc<W::Work>>) -> Result<Job<W::Output>, SubmitError<W::Work>> {
        let shared = &self.inner.shared;
        let work = work.into();
        let (may_wait, patience) = match self.inner.settings.when_full {
            WhenFull::Wait(patience) => (true, patience),
            WhenFull::Refuse => (false, Duration::ZERO),
        };
        let submission = shared.submit(Arc::clone(&work), may_wait).map_err(refused)?;
        let Some(mut admitted) = submission.admitted else { return Ok(submission.job) };
        let clock = self.inner.runtime.clock();
        let reason = match deadline(&**clock, clock.now() + patience, &mut admitted).await {
            Ok(Ok(())) => return Ok(submission.job),
            Ok(Err(_dropped)) => NotAccepted::ShutDown,
            Err(_elapsed) if shared.retract(submission.job.number()) => NotAccepted::Full,
            // Let in, or cut off, at that very moment.
            Err(_elapsed) => match admitted.try_recv() {
                Ok(Some(())) => return Ok(submission.job),
                _ => NotAccepted::ShutDown,
            },
        };
        submission.job.forget();
        Err(SubmitError { work, reason })
    }

    /// Gives it a piece of work, never waiting.
    ///
    /// # Errors
    /// As [`submit`](Self::submit), and [`NotAccepted::Full`] where that would wait.
    pub fn try_submit(&self, work: impl Into<Arc<W::Work>>) -> Result<Job<W::Output>, SubmitError<W::Work>> {
        self.inner.shared.submit(work.into(), false).map(|submission| submission.job).map_err(refused)
    }

    /// Gives it a piece of work and waits for the end of it.
    ///
    /// # Errors
    /// As [`submit`](Self::submit) and [`Job`].
    ///
    /// # Cancel safety
    /// Dropping the future takes the work back.
    pub async fn run(&self, work: impl Into<Arc<W::Work>>) -> crate::error::Result<W::Output> {
        Ok(self.submit(work).await?.await?)
    }

    /// Ends it. Nothing of it is alive afterwards, except threads of isolated work that do not look at their
    /// cancellation; these are counted.
    ///
    /// Work that is at hand when its time is over is interrupted at its next await. Several calls at once end it
    /// together; the first to run out of patience decides.
    ///
    /// # Cancel safety
    /// Dropping the future while it drains leaves an ecosystem that finishes what it has and takes nothing more in.
    pub async fn shutdown(&self, stop: Stop) -> Stopped {
        let Inner { runtime, shared, tree, guard, .. } = &*self.inner;
        let drained = shared.drain();
        if let Stop::Drain(patience) = stop {
            let clock = runtime.clock();
            // Whichever comes first, the book is closed now.
            let _ = deadline(&**clock, clock.now() + patience, drained).await;
        }
        shared.close(None);
        let is_drained = shared.totals().shut_down == 0;
        let exit = tree.shutdown().await;
        guard.exited().await;
        Stopped { is_drained, exit, abandoned_threads: shared.isolation.abandoned() }
    }

    /// Waits for its end and answers why; at once where it has ended.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn exited(&self) -> Exit {
        self.inner.tree.exited().await
    }

    /// What became of all items so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.inner.shared.totals()
    }

    /// Ends a member at its next await, as [`Address::kill`]; its supervisor starts it again. `false` where there is no
    /// such member.
    pub fn kill(&self, member: MemberId) -> bool {
        let Some(places) = self.inner.shared.places() else { return false };
        match member {
            MemberId::Coordinator(node) => places.nodes.get(node).map(Address::kill).is_some(),
            MemberId::Worker(worker) => places.workers.get(worker.0).map(Address::kill).is_some(),
        }
    }

    /// Its supervisor, to look at and to kill.
    #[must_use]
    pub fn supervisor(&self) -> &SupervisorHandle {
        &self.inner.tree
    }
}

fn refused<T>((work, reason): (Arc<T>, NotAccepted)) -> SubmitError<T> {
    SubmitError { work, reason }
}

/// Makes the supervisors, and notes the addresses.
struct Plan<'a, W: Worker, F> {
    settings: &'a EcosystemSettings,
    layout: &'a Layout,
    shared: &'a Arc<Shared<W>>,
    worker: Arc<F>,
    nodes: Vec<Option<Address<Look>>>,
    workers: Vec<Option<Address<SeatMessage<W>>>>,
}

impl<W: Worker, F: Fn(WorkerId) -> W + Send + Sync + 'static> Plan<'_, W, F> {
    fn supervisor(&mut self, node: usize) -> Supervisor {
        let (restarts, period) = self.settings.intensity;
        let coordinator = self.coordinator(node);
        let mut supervisor = Supervisor::one_for_one().intensity(restarts, period).child(coordinator);
        for member in self.layout.nodes.get(node).map_or(&[][..], |place| &place.members) {
            supervisor = match *member {
                Member::Node(below) => {
                    let part = self.supervisor(below);
                    supervisor.child(ChildSpec::supervisor(group_name(below), part).kind("ecosystem-group"))
                }
                Member::Worker(worker) => supervisor.child(self.worker(WorkerId(worker))),
            };
        }
        supervisor
    }

    fn coordinator(&mut self, node: usize) -> ChildSpec<Look> {
        let shared = Arc::clone(self.shared);
        let spec = ChildSpec::new(MemberId::Coordinator(node).to_string(), move || {
            Coordinator::new(Arc::clone(&shared), node)
        })
        .kind("ecosystem-coordinator");
        self.nodes[node] = Some(spec.address());
        spec
    }

    fn worker(&mut self, id: WorkerId) -> ChildSpec<SeatMessage<W>> {
        let (shared, make) = (Arc::clone(self.shared), Arc::clone(&self.worker));
        let mut spec = ChildSpec::new(id.to_string(), move || Seat::new(Arc::clone(&shared), id, make(id)))
            .kind("ecosystem-worker")
            .shutdown(Shutdown::Timeout(self.settings.patience));
        if let Some(backoff) = self.settings.worker_backoff {
            spec = spec.backoff(backoff);
        }
        self.workers[id.0] = Some(spec.address());
        spec
    }
}

fn group_name(node: usize) -> String {
    format!("group-{node}")
}

impl<W: Worker> Clone for Ecosystem<W> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<W: Worker> fmt::Debug for Ecosystem<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ecosystem").field("name", &self.inner.shared.name).finish_non_exhaustive()
    }
}
