//! How many restarts one child may have.

use std::time::Duration;

/// What happens when a child's own [budget](super::ChildSpec::budget) is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenSpent {
    /// The supervisor gives up, as when its own intensity is exceeded.
    Escalate,
    /// The child is not restarted any more, and its siblings stay.
    Stop,
    /// The child is not restarted any more and shown as quarantined, and its siblings stay; mail to it is refused as
    /// [`NotRunning`](crate::process::Refusal::NotRunning), because
    /// [`restart_child`](super::SupervisorHandle::restart_child) is expected to bring it back.
    Quarantine,
}

/// A child's own budget of restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) restarts: u32,
    pub(super) period: Duration,
    pub(super) when_spent: WhenSpent,
}
