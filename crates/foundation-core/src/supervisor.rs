//! Supervisors: processes that start others, hear of their ends, and start them again within limits.
//!
//! The rules are OTP's: children start in order and stop in reverse order, each with its own patience; an end concerns
//! the child alone, all children, or those after it, by the [`Strategy`]; a supervisor that had more restarts than its
//! intensity allows stops its children and ends, and its own supervisor judges that. What to do about an end is
//! decided by a pure function (`strategy`); the process around it (`tree`) starts, stops and waits.
//!
//! Beyond OTP, a child may have a [`Backoff`] and a [budget](ChildSpec::budget) of its own. What else differs stands in
//! `docs/semantics.md`.

mod name;

mod backoff;

mod budget;

mod intensity;

mod child;

mod strategy;

mod tree;

mod node;

mod handle;

mod dynamic;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

pub use backoff::Backoff;
pub use budget::WhenSpent;
pub use child::{ChildSpec, Restart, Shutdown};
pub use dynamic::{ChildTemplate, DynamicMessage, DynamicSupervisor, PartitionSupervisor};
pub use handle::{ChildError, StartError, SupervisorHandle};
pub use name::ChildName;
pub use node::{ChildState, SupervisorRules, TreeNode};
pub use tree::SupervisorMessage;

use budget::Budget;
use child::Child;
use strategy::event::Place;

/// Which children an end concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// Only the one that ended.
    #[default]
    OneForOne,
    /// All of them.
    OneForAll,
    /// The one that ended and those that start after it.
    RestForOne,
}

/// Whether a supervisor ends by itself when [significant](ChildSpec::significant) children have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AutoShutdown {
    /// It does not; significant children are refused. The default.
    #[default]
    Never,
    /// It ends when one of them has ended by itself and is not restarted.
    AnySignificant,
    /// It ends when one of them has ended by itself and is not restarted, and none of the others runs.
    AllSignificant,
}

/// The description of a supervisor: which children, in which order, and how many restarts it tolerates.
#[derive(Debug)]
pub struct Supervisor {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    restarts: u32,
    period: Duration,
    children: Vec<Arc<Child>>,
}

impl Supervisor {
    /// A supervisor that restarts only the child that ended; one restart in five seconds by default, as in OTP.
    #[must_use]
    pub fn one_for_one() -> Self {
        Self::new(Strategy::OneForOne)
    }

    /// A supervisor that, when a child is to be restarted, stops all others in reverse order and starts all again.
    #[must_use]
    pub fn one_for_all() -> Self {
        Self::new(Strategy::OneForAll)
    }

    /// A supervisor that, when a child is to be restarted, stops those that were started after it in reverse order
    /// and starts it and them again.
    #[must_use]
    pub fn rest_for_one() -> Self {
        Self::new(Strategy::RestForOne)
    }

    fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            auto_shutdown: AutoShutdown::Never,
            restarts: 1,
            period: Duration::from_secs(5),
            children: Vec::new(),
        }
    }

    /// Whether it ends, as [`Exit::Shutdown`](crate::process::Exit::Shutdown), when significant children have ended;
    /// never by default.
    #[must_use]
    pub fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.auto_shutdown = auto_shutdown;
        self
    }

    /// Tolerates `restarts` restarts, of all children together, within any span of length `period`; one more and it
    /// gives up.
    ///
    /// A burst of `restarts` is tolerated, and a steady rate of `restarts / period`. Zero restarts means that the
    /// first one is too many.
    #[must_use]
    pub fn intensity(mut self, restarts: u32, period: Duration) -> Self {
        self.restarts = restarts;
        self.period = period;
        self
    }

    /// Adds a child. Children start in the order they are added. Two of one name are refused at the start.
    #[must_use]
    pub fn child<M: Send + 'static>(mut self, spec: ChildSpec<M>) -> Self {
        self.children.push(spec.into_child());
        self
    }
}

/// A supervisor's description, shared by its lives.
#[derive(Debug)]
pub(crate) struct Spec {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    restarts: u32,
    period: Duration,
    /// Those that every life begins with.
    children: Vec<Arc<Child>>,
    /// Those that the present life knows, by their place in the start order.
    roster: Mutex<BTreeMap<Place, Arc<Child>>>,
}

impl Spec {
    fn new(supervisor: Supervisor) -> Arc<Self> {
        let Supervisor { strategy, auto_shutdown, restarts, period, children } = supervisor;
        let spec = Self { strategy, auto_shutdown, restarts, period, children, roster: Mutex::default() };
        spec.fill_roster();
        Arc::new(spec)
    }

    /// A life begins: with the children of the description, without those that were added to the life before.
    fn fill_roster(&self) {
        let roster = self.children.iter().cloned().enumerate().collect();
        let former = std::mem::replace(&mut *self.roster.lock(), roster);
        for (_, added) in former.range(self.children.len()..) {
            added.settle();
        }
    }

    /// Nobody will start these again.
    fn settle(&self) {
        // Out of the lock first: each level has its own.
        let roster: Vec<_> = self.roster.lock().values().cloned().collect();
        for child in self.children.iter().chain(&roster) {
            child.settle();
        }
    }

    fn rules(&self) -> SupervisorRules {
        let Self { strategy, auto_shutdown, restarts, period, .. } = *self;
        SupervisorRules { strategy, restarts, period, auto_shutdown, is_dynamic: false }
    }
}
