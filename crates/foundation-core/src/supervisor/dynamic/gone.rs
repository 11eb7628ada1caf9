//! The wait for the end of a child that was asked to stop.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::super::Shutdown;
use super::{DynamicMessage, DynamicSupervisor};
use crate::process::cell::Cell;
use crate::process::deadline::Deadline;

/// Ready when the child is gone. Dropped before, it leaves the child's time to the supervisor.
pub(super) struct Gone<'a> {
    supervisor: &'a DynamicSupervisor,
    key: u64,
    /// The rule, until the child is gone.
    rule: Option<Shutdown>,
}

impl<'a> Gone<'a> {
    pub(super) fn new(supervisor: &'a DynamicSupervisor, key: u64) -> Self {
        Self { supervisor, key, rule: None }
    }

    /// Waits as long as the rule allows, and for a process that was killed without limit.
    pub(super) async fn within<M: Send + 'static>(mut self, rule: Shutdown, child: &Cell<M>) {
        self.rule = Some(rule);
        if let Shutdown::Timeout(patience) = rule {
            if Deadline::new(child, patience).bound(&mut self).await.is_some() {
                return;
            }
            self.supervisor.brood.kill(self.key);
        }
        (&mut self).await;
    }
}

impl Future for &mut Gone<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let poll = self.supervisor.brood.poll_gone(self.key, cx);
        if poll.is_ready() {
            self.rule = None;
        }
        poll
    }
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        if let Some(rule @ Shutdown::Timeout(_)) = self.rule {
            // Refused only where the supervisor has ended, and then its children have been told.
            let _ = self.supervisor.address().try_cast(DynamicMessage::watch_over(self.key, rule));
        }
    }
}
