//! What a supervisor is told about a child.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use super::budget::{Budget, WhenSpent};
use super::node::{Branch, ChildState};
use super::strategy::plan::Plan;
use super::tree::{SupervisorMessage, Tree};
use super::{Backoff, ChildName, Spec, Supervisor};
use crate::error::{Code, Error};
use crate::process::cell::Cell;
use crate::process::control::{LifeStart, ParentLink, Peer};
use crate::process::isolate::guarded;
use crate::process::run::{Launch, Started};
use crate::process::{Address, Exit, Process};
use crate::runtime::Runtime;

/// When a child is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Always. The default.
    #[default]
    Permanent,
    /// After an [abnormal](Exit::is_abnormal) end.
    Transient,
    /// Never, also when it was stopped for a sibling; its supervisor forgets it when it ends.
    Temporary,
}

/// How a child is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// It is asked to stop, and killed if it has not ended after this time.
    Timeout(Duration),
    /// It is killed.
    BrutalKill,
    /// It is asked to stop and waited for.
    Infinity,
}

impl Default for Shutdown {
    /// Five seconds, as in OTP.
    fn default() -> Self {
        Self::Timeout(Duration::from_secs(5))
    }
}

/// A child of a supervisor: how to make it, and what to do when it ends.
///
/// By default it is [`Permanent`](Restart::Permanent), restarted without delay, and has five seconds to stop.
pub struct ChildSpec<M> {
    name: ChildName,
    restart: Restart,
    shutdown: Shutdown,
    significant: bool,
    backoff: Option<Backoff>,
    budget: Option<Budget>,
    seat: Seat<M>,
    start: Box<dyn FnOnce(Seat<M>) -> Arc<dyn Start> + Send + Sync>,
    subtree: Option<Arc<dyn Branch>>,
}

impl<M: Send + 'static> ChildSpec<M> {
    /// A child whose state `factory` makes anew for each life. A panic in it counts as a failed start.
    ///
    /// The name is unique below its supervisor. One that stands in the source is the [kind](Self::kind) too.
    #[must_use]
    pub fn new<P: Process<Message = M>>(
        name: impl Into<ChildName>,
        factory: impl Fn() -> P + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let seat = Seat { kind: name.kind(), cell: OnceLock::new() };
        Self {
            name,
            restart: Restart::default(),
            shutdown: Shutdown::default(),
            significant: false,
            backoff: None,
            budget: None,
            seat,
            start: Box::new(|seat| Arc::new(Factory { seat, make: factory })),
            subtree: None,
        }
    }

    /// A child in a cell that is there already.
    pub(super) fn in_cell<P: Process<Message = M>>(
        name: impl Into<ChildName>,
        cell: Arc<Cell<M>>,
        factory: impl Fn() -> P + Send + Sync + 'static,
    ) -> Self {
        let mut spec = Self::new(name, factory);
        spec.seat = Seat { kind: cell.control.name, cell: OnceLock::from(cell) };
        spec
    }

    /// It is a supervisor, and this is what is below it.
    pub(super) fn branch(mut self, branch: Arc<dyn Branch>) -> Self {
        self.subtree = Some(branch);
        self
    }

    /// What kind of process it is, in metrics and names of tasks: the name where that stands in the source, and
    /// `child` where it was made at run time, by default.
    ///
    /// Without effect after the first [`address`](Self::address).
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.seat.kind = kind;
        self
    }

    /// When it is started again; always by default.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// How it is stopped; asked, and killed after five seconds, by default.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Whether its end counts for [`Supervisor::auto_shutdown`]; not by default.
    ///
    /// A significant child that is permanent, or below a supervisor that never shuts down by itself, is refused at
    /// the start.
    #[must_use]
    pub fn significant(mut self, significant: bool) -> Self {
        self.significant = significant;
        self
    }

    /// Waits before each restart; no wait by default. Mail that arrives meanwhile is refused as
    /// [`NotRunning`](crate::process::Refusal::NotRunning).
    ///
    /// Siblings that the restart concerns are stopped when the wait begins and started when it is over. A restart
    /// that another child begins meanwhile does not shorten it: with [`Supervisor::rest_for_one`] it starts what
    /// stands before this child, with [`Supervisor::one_for_all`] nothing.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Lets this child have `restarts` restarts of its own within any span of length `period`. There is no such
    /// budget by default.
    ///
    /// A child with a budget is judged by that alone: its restarts do not count for the supervisor's
    /// [intensity](Supervisor::intensity), so that it cannot take its siblings down before its budget is spent.
    /// Restarts of this child that a sibling's end brought about do not count. A significant child whose budget is
    /// spent has ended, for [`Supervisor::auto_shutdown`].
    #[must_use]
    pub fn budget(mut self, restarts: u32, period: Duration, when_spent: WhenSpent) -> Self {
        self.budget = Some(Budget { restarts, period, when_spent });
        self
    }

    /// The child's address: there before its first start, and valid over restarts.
    #[must_use]
    pub fn address(&self) -> Address<M> {
        Address { cell: Arc::clone(self.seat.cell()) }
    }

    pub(super) fn into_child(self) -> Arc<Child> {
        let kind = self.seat.cell().control.name;
        Arc::new(Child {
            name: self.name,
            kind,
            shutdown: self.shutdown,
            plan: Plan::new(self.restart, self.significant, self.backoff.map(Arc::new), self.budget),
            waits: self.backoff.is_some(),
            start: (self.start)(self.seat),
            subtree: self.subtree,
            record: Mutex::new(Record::default()),
        })
    }
}

impl ChildSpec<SupervisorMessage> {
    /// A supervisor below a supervisor. It is waited for without limit when it is stopped, by default.
    #[must_use]
    pub fn supervisor(name: impl Into<ChildName>, supervisor: Supervisor) -> Self {
        let spec = Spec::new(supervisor);
        let subtree = Arc::clone(&spec) as Arc<dyn Branch>;
        Self {
            shutdown: Shutdown::Infinity,
            subtree: Some(subtree),
            ..Self::new(name, move || Tree::below(Arc::clone(&spec)))
        }
    }
}

impl<M> fmt::Debug for ChildSpec<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("name", &self.name)
            .field("restart", &self.restart)
            .field("shutdown", &self.shutdown)
            .field("significant", &self.significant)
            .field("backoff", &self.backoff)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// A child as its supervisor has it: the type of its messages is forgotten.
pub(super) struct Child {
    pub(super) name: ChildName,
    pub(super) kind: &'static str,
    pub(super) shutdown: Shutdown,
    /// Its rules, as each life of the supervisor begins with them.
    pub(super) plan: Plan,
    /// It has a backoff.
    pub(super) waits: bool,
    pub(super) start: Arc<dyn Start>,
    pub(super) subtree: Option<Arc<dyn Branch>>,
    pub(super) record: Mutex<Record>,
}

/// What is known of a child.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) state: ChildState,
    pub(super) restarts: u64,
    /// What its present life is known by, among all lives that its supervisor started.
    pub(super) key: Option<u64>,
    /// Why its last start failed or its last life ended.
    pub(super) why: Option<Exit>,
}

impl Child {
    /// Nobody will start it again, nor anything below it.
    pub(super) fn settle(&self) {
        self.start.peer().control().settle();
        if let Some(subtree) = &self.subtree {
            subtree.settle();
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("name", &self.name).field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// Where a child's process is; made when somebody first asks for it, so that its kind can be said before.
struct Seat<M> {
    kind: &'static str,
    cell: OnceLock<Arc<Cell<M>>>,
}

impl<M: Send + 'static> Seat<M> {
    fn cell(&self) -> &Arc<Cell<M>> {
        self.cell.get_or_init(|| Cell::new(self.kind, true))
    }
}

impl<M> Drop for Seat<M> {
    /// Without it nobody can start the process: whoever waits for that is told.
    fn drop(&mut self) {
        if let Some(cell) = self.cell.get() {
            cell.control.settle();
        }
    }
}

/// Starts lives of a process whose type is forgotten.
pub(super) trait Start: Send + Sync {
    fn peer(&self) -> Arc<dyn Peer>;

    /// Makes a new state and begins a life under `parent`, which hears of its end.
    fn start(&self, runtime: &Runtime, parent: ParentLink) -> Result<Started, Exit>;
}

struct Factory<M, F> {
    seat: Seat<M>,
    make: F,
}

impl<P: Process, F: Fn() -> P + Send + Sync> Start for Factory<P::Message, F> {
    fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(self.seat.cell()) as Arc<dyn Peer>
    }

    fn start(&self, runtime: &Runtime, parent: ParentLink) -> Result<Started, Exit> {
        start(Arc::clone(self.seat.cell()), runtime, &self.make, LifeStart { restartable: true, parent: Some(parent) })
    }
}

/// Makes a state and begins a life of it in `cell`. A panic in `make` is a failed start.
pub(super) fn start<P: Process>(
    cell: Arc<Cell<P::Message>>,
    runtime: &Runtime,
    make: impl FnOnce() -> P,
    begin: LifeStart,
) -> Result<Started, Exit> {
    let process = guarded(make)?;
    let name = cell.control.name;
    let launch = Launch::prepare(cell, runtime, process, begin)
        .ok_or_else(|| Exit::failed(Error::new(Code::Internal, format!("start `{name}`: it runs already"))))?;
    Ok(launch.go_here())
}
