//! Hears of the end of an ecosystem's supervisor, and then ends what is still in the book.

use std::sync::Arc;

use super::shared::Shared;
use super::worker::Worker;
use crate::process::{Context, Exit, Process};
use crate::supervisor::SupervisorHandle;

pub(super) struct Guard<W: Worker> {
    shared: Arc<Shared<W>>,
    tree: SupervisorHandle,
    reason: Option<Exit>,
}

/// The supervisor has ended.
pub(super) struct Over(Exit);

impl<W: Worker> Guard<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, tree: SupervisorHandle) -> Self {
        Self { shared, tree, reason: None }
    }
}

impl<W: Worker> Process for Guard<W> {
    type Message = Over;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let tree = self.tree.clone();
        ctx.pipe(async move { tree.exited().await }, Over);
        Ok(())
    }

    async fn handle(&mut self, Over(reason): Over, _: &mut Context<Self>) -> Result<(), Exit> {
        self.reason = Some(reason);
        Err(Exit::Normal)
    }
}

impl<W: Worker> Drop for Guard<W> {
    /// Also where the scheduler under everything is torn down.
    fn drop(&mut self) {
        self.shared.close(Some(self.reason.take().unwrap_or(Exit::Killed)));
    }
}
