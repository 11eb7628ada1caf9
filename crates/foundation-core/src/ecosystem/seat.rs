//! The process around a worker: it takes what the book has for it, one item at a time, and writes down how each ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::Abortable;

use super::job::AttemptFailure;
use super::peers::{PeerChange, difference};
use super::settings::Topology;
use super::shared::{Assignment, Shared};
use super::worker::{Worker, WorkerContext, WorkerId};
use crate::error::Error;
use crate::port::clock::deadline;
use crate::process::{Context, Exit, Process};

/// What a worker's process is sent.
pub(super) enum SeatMessage<W: Worker> {
    /// There is something in the book for it.
    Look,
    /// Those that it may write to may have changed.
    Peers,
    /// It may have the token.
    Token,
    /// It has had the token of that stay long enough.
    Pass(u64),
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
    /// What it was told of those it may write to, and as of when.
    peers: BTreeMap<usize, u64>,
    membership: u64,
}

impl<W: Worker> Seat<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, id: WorkerId, worker: W) -> Self {
        Self { shared, id, worker, life: 0, looks_again: false, peers: BTreeMap::new(), membership: 0 }
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
        // First, so that whoever hears of the end finds this hold on the work gone.
        drop(work);
        self.shared.finish((self.id.0, self.life), (item, attempt), result);
    }

    /// Does what it may have been woken for: a mailbox that was full may have lost a wake-up, so every message is one.
    async fn catch_up(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        if self.shared.is_connected() {
            self.hear_of_peers(ctx).await?;
            self.take_token(ctx).await?;
        }
        if !self.looks_again && self.shared.has_work(self.id.0, self.life) {
            self.looks_again = true;
            // A timer, so that it finds room, and mail has its turn in between.
            ctx.send_after(Duration::ZERO, SeatMessage::Look);
        }
        Ok(())
    }

    async fn hear_of_peers(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let membership = self.shared.membership();
        if membership == self.membership {
            return Ok(());
        }
        // In this order: what changes in between is told once more.
        self.membership = membership;
        let now = self.shared.neighbours(self.id.0);
        let change = difference(&self.peers, &now);
        self.peers = now;
        if change == PeerChange::default() {
            return Ok(());
        }
        let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
        self.worker.peers_changed(change, &mut view).await
    }

    async fn take_token(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Topology::Ring { pace } = self.shared.topology else { return Ok(()) };
        let Some(token) = self.shared.receive_token(self.id.0, self.life) else { return Ok(()) };
        let begun = ctx.clock().now();
        let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
        self.worker.token(token, &mut view).await?;
        let left = pace.max(LEAST_PACE).saturating_sub(ctx.clock().now().since(begun));
        ctx.send_after(left, SeatMessage::Pass(token.hop));
        Ok(())
    }
}

/// A token that is not kept at all would keep everybody busy.
const LEAST_PACE: Duration = Duration::from_millis(1);

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
            SeatMessage::Peers | SeatMessage::Token => {}
            SeatMessage::Pass(hop) => self.shared.pass_token(self.id.0, self.life, hop),
            SeatMessage::Peer(from, message) => {
                let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
                self.worker.message(from, message, &mut view).await?;
            }
        }
        self.catch_up(ctx).await
    }

    async fn terminate(&mut self, reason: &Exit, ctx: &mut Context<Self>) {
        let mut view = WorkerContext { ctx, shared: &self.shared, id: self.id, attempt: 0 };
        self.worker.terminate(reason, &mut view).await;
    }
}
