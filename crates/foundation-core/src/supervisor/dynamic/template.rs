//! What children of one kind have in common, and what each of them is made from again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::super::budget::Budget;
use super::super::child::start;
use super::super::strategy::plan::Plan;
use super::super::{Backoff, Restart, Shutdown, WhenSpent};
use crate::process::cell::Cell;
use crate::process::control::{Control, LifeStart, ParentLink, Peer};
use crate::process::run::Started;
use crate::process::{Exit, Process};
use crate::runtime::Runtime;

/// How to make children of one kind, and what to do when one ends. Clones share what makes them.
///
/// By default a child is [`Permanent`](Restart::Permanent), restarted without delay, and has five seconds to stop.
pub struct ChildTemplate<A, M> {
    inner: Arc<Inner<A, M>>,
}

struct Inner<A, M> {
    rules: Rules,
    make: Arc<dyn Make<A, M>>,
}

/// What all children of a template keep to.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) kind: &'static str,
    pub(super) restart: Restart,
    pub(super) shutdown: Shutdown,
    backoff: Option<Arc<Backoff>>,
    budget: Option<Budget>,
}

impl Rules {
    /// The rules of a child, as it begins with them.
    pub(super) fn plan(&self) -> Plan {
        Plan::new(self.restart, false, self.backoff.clone(), self.budget)
    }

    /// It has a backoff.
    pub(super) fn waits(&self) -> bool {
        self.backoff.is_some()
    }
}

/// Makes a state out of arguments and begins a life of it.
trait Make<A, M>: Send + Sync {
    fn launch(&self, cell: Arc<Cell<M>>, runtime: &Runtime, args: &A, begin: LifeStart) -> Result<Started, Exit>;
}

impl<A, P: Process, F: Fn(&A) -> P + Send + Sync> Make<A, P::Message> for F {
    fn launch(
        &self,
        cell: Arc<Cell<P::Message>>,
        runtime: &Runtime,
        args: &A,
        begin: LifeStart,
    ) -> Result<Started, Exit> {
        start(cell, runtime, || self(args), begin)
    }
}

impl<A: 'static, M: Send + 'static> ChildTemplate<A, M> {
    /// Children whose state `make` makes anew for each life, from the arguments that the child was started with. A
    /// panic in it counts as a failed start.
    ///
    /// `kind` says what kind of process they are, in metrics and names of tasks.
    #[must_use]
    pub fn new<P: Process<Message = M>>(kind: &'static str, make: impl Fn(&A) -> P + Send + Sync + 'static) -> Self {
        let rules =
            Rules { kind, restart: Restart::default(), shutdown: Shutdown::default(), backoff: None, budget: None };
        Self { inner: Arc::new(Inner { rules, make: Arc::new(make) }) }
    }

    /// When a child is started again; always by default.
    #[must_use]
    pub fn restart(self, restart: Restart) -> Self {
        self.with(|rules| rules.restart = restart)
    }

    /// How a child is stopped; asked, and killed after five seconds, by default.
    #[must_use]
    pub fn shutdown(self, shutdown: Shutdown) -> Self {
        self.with(|rules| rules.shutdown = shutdown)
    }

    /// Waits before each restart; no wait by default. Mail that arrives meanwhile is refused as
    /// [`NotRunning`](crate::process::Refusal::NotRunning).
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        self.with(|rules| rules.backoff = Some(Arc::new(backoff)))
    }

    /// Tolerates `restarts` restarts of each child within any span of length `period`, and then does what `when_spent`
    /// says; a child that is given up or quarantined is forgotten. Its restarts do not count for the supervisor's
    /// [intensity](super::DynamicSupervisor::intensity).
    #[must_use]
    pub fn budget(self, restarts: u32, period: Duration, when_spent: WhenSpent) -> Self {
        self.with(|rules| rules.budget = Some(Budget { restarts, period, when_spent }))
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        change(&mut inner.rules);
        self
    }

    /// Begins the only life of a child that nothing restarts.
    pub(super) fn launch_once(
        &self,
        cell: &Arc<Cell<M>>,
        runtime: &Runtime,
        args: &A,
        link: ParentLink,
    ) -> Result<Started, Exit> {
        let begin = LifeStart { restartable: false, parent: Some(link) };
        self.inner.make.launch(Arc::clone(cell), runtime, args, begin)
    }
}

impl<A, M> ChildTemplate<A, M> {
    pub(super) fn rules(&self) -> &Rules {
        &self.inner.rules
    }
}

impl<A, M> Clone for Inner<A, M> {
    fn clone(&self) -> Self {
        Self { rules: self.rules.clone(), make: Arc::clone(&self.make) }
    }
}

impl<A, M> Clone for ChildTemplate<A, M> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<A, M> fmt::Debug for ChildTemplate<A, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { kind, restart, shutdown, backoff, budget } = &self.inner.rules;
        f.debug_struct("ChildTemplate")
            .field("kind", kind)
            .field("restart", restart)
            .field("shutdown", shutdown)
            .field("backoff", backoff)
            .field("budget", budget)
            .finish_non_exhaustive()
    }
}

/// A child that may be started again: the type of its arguments and messages is forgotten.
pub(super) trait Respawn: Send + Sync {
    fn rules(&self) -> &Rules;
    fn control(&self) -> &Control;
    fn peer(&self) -> Arc<dyn Peer>;
    fn start(&self, runtime: &Runtime, link: ParentLink) -> Result<Started, Exit>;
}

/// What one child is made from.
pub(super) struct Seed<A, M> {
    template: Arc<Inner<A, M>>,
    cell: Arc<Cell<M>>,
    args: A,
}

impl<A, M> Seed<A, M> {
    pub(super) fn new(template: &ChildTemplate<A, M>, cell: Arc<Cell<M>>, args: A) -> Self {
        Self { template: Arc::clone(&template.inner), cell, args }
    }
}

impl<A: Send + Sync + 'static, M: Send + 'static> Respawn for Seed<A, M> {
    fn rules(&self) -> &Rules {
        &self.template.rules
    }

    fn control(&self) -> &Control {
        &self.cell.control
    }

    fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(&self.cell) as Arc<dyn Peer>
    }

    fn start(&self, runtime: &Runtime, link: ParentLink) -> Result<Started, Exit> {
        let begin = LifeStart { restartable: true, parent: Some(link) };
        self.template.make.launch(Arc::clone(&self.cell), runtime, &self.args, begin)
    }
}
