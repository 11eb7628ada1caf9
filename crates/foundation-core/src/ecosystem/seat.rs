//! The process around a worker: it takes what the book has for it, one item at a time, and writes down how each ended.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::Abortable;

use super::job::AttemptFailure;
use super::shared::{Assignment, Shared};
use super::worker::{Worker, WorkerContext, WorkerId};
use crate::error::Error;
use crate::port::clock::deadline;
use crate::process::{Context, Exit, Process};

/// What a worker's process is sent.
pub(super) enum SeatMessage<W: Worker> {
    /// There is something in the book for it.
    Look,
    /// Another worker wrote.
    Peer(WorkerId, W::Message),
}

pub(super) struct Seat<W: Worker> {
    shared: Arc<Shared<W>>,
    id: WorkerId,
    worker: W,
    life: u64,
    /// It looks again when the mail that waits has had its turn.
    looks_again: bool,
}

impl<W: Worker> Seat<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, id: WorkerId, worker: W) -> Self {
        Self { shared, id, worker, life: 0, looks_again: false }
    }

    async fn take(&mut self, ctx: &mut Context<Self>) {
        let Some(Assignment { item, attempt, work, aborted }) = self.shared.take(self.id.0, self.life) else { return };
        let result = {
            let (clock, limit) = (Arc::clone(ctx.clock()), self.shared.time_limit);
            let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt };
            let doing = Abortable::new(self.worker.work(&work, &mut view), aborted);
            match limit {
                None => judge(doing.await.ok()),
                Some(limit) => match deadline(&*clock, clock.now() + limit, doing).await {
                    Ok(done) => judge(done.ok()),
                    Err(_elapsed) => Err((AttemptFailure::TimedOut(limit), true)),
                },
            }
        };
        // Dropped first: whoever hears of the end may want to have the work back whole.
        drop(work);
        self.shared.finish((self.id.0, self.life), (item, attempt), result);
    }

    /// A mailbox that was full may have lost a wake-up, so every message is one.
    fn look_again(&mut self, ctx: &mut Context<Self>) {
        if !self.looks_again && self.shared.has_work(self.id.0, self.life) {
            self.looks_again = true;
            // A timer, so that it finds room, and mail has its turn in between.
            ctx.send_after(Duration::ZERO, SeatMessage::Look);
        }
    }
}

/// The result of an attempt, or why it has none and whether trying again can help. An interrupted one is over already,
/// whatever is said about it.
fn judge<T>(done: Option<Result<T, Error>>) -> Result<T, (AttemptFailure, bool)> {
    match done {
        Some(Ok(output)) => Ok(output),
        Some(Err(error)) => {
            let again = error.is_transient();
            Err((AttemptFailure::Failed(Arc::new(error)), again))
        }
        None => Err((AttemptFailure::WorkerLost, true)),
    }
}

impl<W: Worker> Process for Seat<W> {
    type Message = SeatMessage<W>;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.life = ctx.process_ref().incarnation;
        let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
        self.worker.init(&mut view).await?;
        self.shared.worker_up(self.id.0, self.life);
        Ok(())
    }

    async fn handle(&mut self, message: SeatMessage<W>, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            SeatMessage::Look => {
                self.looks_again = false;
                self.take(ctx).await;
            }
            SeatMessage::Peer(from, message) => {
                let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
                self.worker.message(from, message, &mut view).await?;
            }
        }
        self.look_again(ctx);
        Ok(())
    }

    async fn terminate(&mut self, reason: &Exit, ctx: &mut Context<Self>) {
        let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
        self.worker.terminate(reason, &mut view).await;
    }
}
