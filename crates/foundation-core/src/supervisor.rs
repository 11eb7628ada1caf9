//! Supervisors: processes that start others, hear of their ends, and start them again within limits.
//!
//! The rules are OTP's: children start in order and stop in reverse order, each with its own patience; a supervisor
//! that had more restarts than its intensity allows stops its children and ends, and its own supervisor judges that.
//! What to do about an end is decided by a pure function (`strategy`); the process around it starts, stops and
//! waits.
//!
//! Where it differs from OTP: a child may have a [`Backoff`]; the reason of a supervisor that gave up,
//! [`Exit::GaveUp`](crate::process::Exit::GaveUp), names the child (OTP: `shutdown`) and is judged as OTP's; a stop is
//! always orderly, whether the child traps exits or not.

mod backoff;

mod intensity;

mod name;

mod child;

mod strategy;

mod tree;

mod handle;

use std::sync::Arc;
use std::time::Duration;

pub use backoff::Backoff;
pub use child::{ChildSpec, Restart, Shutdown};
pub use handle::{ChildInfo, ChildState, StartError, SupervisorHandle};
pub use name::ChildName;
pub use tree::SupervisorMessage;

use child::Child;

/// Which children an end concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    children: Vec<Child>,
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
    children: Vec<Child>,
}

impl Spec {
    fn new(supervisor: Supervisor) -> Arc<Self> {
        let Supervisor { strategy, auto_shutdown, restarts, period, children } = supervisor;
        Arc::new(Self { strategy, auto_shutdown, restarts, period, children })
    }

    /// Nobody will start these again.
    fn settle(&self) {
        for child in &self.children {
            child.settle();
        }
    }
}
