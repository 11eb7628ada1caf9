//! The workers of a tree.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Address, Code, Context, Error, Exit, Process};

use super::observer::{Above, Notes, Seen, Sight};
use crate::differential::scenario::{How, Id, Leaf, Start};
use crate::differential::trace::What;

/// More virtual time than any tree takes.
pub(super) const FOR_EVER: Duration = Duration::from_secs(1_000_000_000);

/// What a worker is told: to end.
pub(super) struct Order(How);

/// Ends a worker, if it runs.
pub(super) fn stop(worker: Option<&Address<Order>>, how: How) {
    let Some(worker) = worker.filter(|worker| worker.is_alive()) else { return };
    match how {
        How::Kill => worker.kill(),
        // Its mailbox is empty, and it runs.
        how => drop(worker.try_cast(Order(how))),
    }
}

/// A worker.
#[derive(Clone)]
pub(super) struct Worker {
    leaf: Leaf,
    supervisor: Id,
    path: Arc<[Above]>,
    observer: Address<Sight>,
    notes: Notes,
    /// It ends by itself, and is not stubborn about it.
    ends_itself: bool,
}

impl Worker {
    pub(super) fn new(leaf: &Leaf, supervisor: Id, path: Arc<[Above]>, observer: Address<Sight>, notes: Notes) -> Self {
        Self { leaf: leaf.clone(), supervisor, path, observer, notes, ends_itself: false }
    }
}

impl Process for Worker {
    type Message = Order;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let (worker, supervisor, path, address) = (self.leaf.id, self.supervisor, self.path.clone(), ctx.address());
        let seen = |life| Sight::Worker(Seen { worker, address, supervisor, path, life });
        let life = self.observer.call(seen, FOR_EVER).await.map_err(|error| failed(&error.to_string()))?;
        let Some((_, start)) = self.leaf.starts.iter().find(|(special, _)| *special == life) else { return Ok(()) };
        let what = if *start == Start::Ignores { What::Ignores } else { What::Fails };
        self.notes.stillborn(supervisor, worker, what);
        match start {
            Start::Fails => Err(failed("it is not to start")),
            // Past the hook, which would print it.
            Start::Panics => resume_unwind(Box::new("it is not to start")),
            Start::Ignores => Err(Exit::Ignore),
        }
    }

    async fn handle(&mut self, Order(how): Order, _: &mut Context<Self>) -> Result<(), Exit> {
        self.ends_itself = true;
        Err(match how {
            How::Normal => Exit::Normal,
            How::Shutdown => Exit::Shutdown,
            How::Fail => failed("it is to fail"),
            How::Panic => resume_unwind(Box::new("it is to panic")),
            How::Kill => Exit::Killed,
        })
    }

    async fn terminate(&mut self, _: &Exit, _: &mut Context<Self>) {
        if self.leaf.stubborn && !self.ends_itself {
            std::future::pending::<()>().await;
        }
        self.notes.farewell(self.leaf.id);
    }
}

fn failed(why: &str) -> Exit {
    Exit::failed(Error::new(Code::Internal, why))
}
