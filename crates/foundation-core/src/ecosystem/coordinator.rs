//! A coordinator: it watches those below it, and hands on what waits in the book.
//!
//! It keeps nothing of its own but its monitors: what it is to do stands in the book, and its next life does that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Member;
use super::shared::Shared;
use super::worker::Worker;
use crate::process::{Address, Context, Exit, MonitorId, Notice, Process};

/// There is something in the book.
pub(super) struct Look;

pub(super) struct Coordinator<W: Worker> {
    shared: Arc<Shared<W>>,
    node: usize,
    /// One monitor at most for each member: the next is set when the former has told.
    monitors: BTreeMap<MonitorId, Member>,
    watched: BTreeMap<Member, MonitorId>,
}

impl<W: Worker> Coordinator<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, node: usize) -> Self {
        Self { shared, node, monitors: BTreeMap::new(), watched: BTreeMap::new() }
    }

    /// Watches the present life of a member; where it has none, what it left behind is given to others.
    fn attend(&mut self, member: Member, ctx: &mut Context<Self>) {
        if self.watched.contains_key(&member) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let Some(places) = shared.places() else { return };
        match member {
            Member::Node(node) => self.attend_at(places.nodes.get(node), member, ctx),
            Member::Worker(worker) => self.attend_at(places.workers.get(worker), member, ctx),
        }
    }

    fn attend_at<M: Send + 'static>(&mut self, address: Option<&Address<M>>, member: Member, ctx: &mut Context<Self>) {
        let Some(address) = address else { return };
        // In this order: a life that begins in between is alive then, and one that ends in between tells its monitor.
        let life = address.process_ref().incarnation;
        if !address.is_alive() {
            self.shared.down(member, life, None);
            return;
        }
        let monitor = ctx.monitor(address);
        self.monitors.insert(monitor, member);
        self.watched.insert(member, monitor);
        self.shared.watched(member, life);
    }
}

impl<W: Worker> Process for Coordinator<W> {
    type Message = Look;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        for member in self.shared.node_up(self.node, ctx.process_ref().incarnation) {
            self.attend(member, ctx);
        }
        self.shared.dispatch(self.node);
        Ok(())
    }

    async fn handle(&mut self, _: Look, ctx: &mut Context<Self>) -> Result<(), Exit> {
        for member in self.shared.look(self.node) {
            self.attend(member, ctx);
        }
        self.shared.dispatch(self.node);
        Ok(())
    }

    async fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Notice::Down { monitor, process, reason } = notice else { return Ok(()) };
        let Some(member) = self.monitors.remove(&monitor) else { return Ok(()) };
        self.watched.remove(&member);
        // Where nothing ran when the monitor was set, nobody knows how the life before it ended.
        let reason = Some(reason).filter(|reason| !matches!(reason, Exit::NoProcess));
        self.shared.down(member, process.incarnation, reason);
        // Its next life may have said already that it is there.
        self.attend_next(member, ctx);
        self.shared.dispatch(self.node);
        Ok(())
    }
}

impl<W: Worker> Coordinator<W> {
    fn attend_next(&mut self, member: Member, ctx: &mut Context<Self>) {
        let shared = Arc::clone(&self.shared);
        let is_alive = shared.places().is_some_and(|places| match member {
            Member::Node(node) => places.nodes.get(node).is_some_and(Address::is_alive),
            Member::Worker(worker) => places.workers.get(worker).is_some_and(Address::is_alive),
        });
        if is_alive {
            self.attend(member, ctx);
        }
    }
}
