//! Supervisors: processes that start others, hear of their ends, and start them again within limits.
//!
//! The rules are OTP's: children start in order and stop in reverse order, each with its own patience; a supervisor
//! that had more restarts than its intensity allows stops its children and ends, and its own supervisor judges that.
//! What to do about an end is decided by a pure function (`strategy`); the process around it starts, stops and
//! waits.
//!
//! Where it differs from OTP: a child may have a [`Backoff`]; a supervisor that gave up ends with the abnormal reason
//! [`Exit::GaveUp`](crate::process::Exit::GaveUp) (OTP: `shutdown`), so that a transient one is restarted rather than
//! forgotten; a stop is always orderly, whether the child traps exits or not.

mod backoff;

mod intensity;

mod child;

mod strategy;

mod tree;

mod handle;

use std::sync::Arc;
use std::time::Duration;

pub use backoff::Backoff;
pub use child::{ChildSpec, Restart, Shutdown};
pub use handle::{ChildInfo, ChildState, StartError, SupervisorHandle};
pub use tree::SupervisorMessage;

use child::Child;

/// Which children an end concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Only the one that ended.
    #[default]
    OneForOne,
}

/// The description of a supervisor: which children, in which order, and how many restarts it tolerates.
#[derive(Debug)]
pub struct Supervisor {
    strategy: Strategy,
    restarts: u32,
    period: Duration,
    children: Vec<Child>,
}

impl Supervisor {
    /// A supervisor that restarts only the child that ended; one restart in five seconds by default, as in OTP.
    #[must_use]
    pub fn one_for_one() -> Self {
        Self { strategy: Strategy::OneForOne, restarts: 1, period: Duration::from_secs(5), children: Vec::new() }
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
    restarts: u32,
    period: Duration,
    children: Vec<Child>,
}

impl Spec {
    fn new(supervisor: Supervisor) -> Arc<Self> {
        let Supervisor { strategy, restarts, period, children } = supervisor;
        Arc::new(Self { strategy, restarts, period, children })
    }

    /// Nobody will start these again.
    fn settle(&self) {
        for child in &self.children {
            child.settle();
        }
    }
}
