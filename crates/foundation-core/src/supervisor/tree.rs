//! The process around the decisions: starts and stops children, waits for them, and hears of their ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::child::{Child, Shutdown};
use super::handle::ChildState;
use super::strategy::{Effect, Event, State, step};
use super::{Restart, Spec};
use crate::error::{Code, Error};
use crate::port::clock;
use crate::process::{Context, Exit, MonitorId, Notice, Process};
use crate::telemetry::names;

/// What a supervisor is sent; only by itself.
pub struct SupervisorMessage(Message);

enum Message {
    /// The wait before a restart of that child is over.
    Due(usize),
}

impl fmt::Debug for SupervisorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Message::Due(child) => write!(f, "Due({child})"),
        }
    }
}

/// A supervisor, as the process it is.
pub(super) struct Tree {
    spec: Arc<Spec>,
    state: State,
    monitors: BTreeMap<MonitorId, usize>,
    /// Nobody restarts it, so its end is the end of everything below.
    root: bool,
}

impl Tree {
    pub(super) fn root(spec: Arc<Spec>) -> Self {
        Self::new(spec, true)
    }

    pub(super) fn below(spec: Arc<Spec>) -> Self {
        Self::new(spec, false)
    }

    fn new(spec: Arc<Spec>, root: bool) -> Self {
        let state = State::new(&spec);
        Self { spec, state, monitors: BTreeMap::new(), root }
    }

    fn child(&self, index: usize) -> Option<&Child> {
        self.spec.children.get(index)
    }

    /// Decides about `event` and does what follows. `reason` is why the child it speaks of ended, if it did.
    async fn decide(&mut self, event: Event, reason: Exit, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let mut next = Some((event, reason));
        while let Some((event, reason)) = next.take() {
            let (state, effects) = step(std::mem::take(&mut self.state), event);
            self.state = state;
            for effect in effects {
                match effect {
                    Effect::Start { child } => next = Some(self.restart(child, ctx).await),
                    Effect::StartAfter { child, delay } => {
                        self.publish(child, ChildState::Restarting);
                        ctx.send_after(delay, SupervisorMessage(Message::Due(child)));
                    }
                    Effect::Release { child: index, forget } => {
                        self.publish(index, ChildState::Stopped);
                        if let Some(child) = self.child(index) {
                            child.record.lock().forgotten = forget;
                            child.settle();
                        }
                    }
                    Effect::GiveUp { child } => {
                        let child = self.child(child).map_or("", |child| child.name);
                        return Err(Exit::gave_up(child.into(), reason));
                    }
                }
            }
        }
        Ok(())
    }

    async fn restart(&mut self, index: usize, ctx: &mut Context<Self>) -> (Event, Exit) {
        self.publish(index, ChildState::Restarting);
        match self.start(index, ctx).await {
            Ok(()) => {
                if let Some(child) = self.child(index) {
                    child.record.lock().restarts += 1;
                    ctx.runtime().telemetry().counter(names::PROCESS_RESTARTS, &[child.name]).increment(1);
                }
                (Event::Started { child: index, at: ctx.clock().now() }, Exit::Normal)
            }
            Err(exit) => {
                let chance = ctx.runtime().entropy().next_u64();
                (Event::StartFailed { child: index, at: ctx.clock().now(), chance }, exit)
            }
        }
    }

    /// Starts a child and waits for its `init`.
    async fn start(&mut self, index: usize, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Some(child) = self.spec.children.get(index) else { return Ok(()) };
        // Known from the start, so that a first restart is seen as a rise from zero.
        ctx.runtime().telemetry().counter(names::PROCESS_RESTARTS, &[child.name]).increment(0);
        let peer = child.start.peer();
        ctx.adopt(&peer);
        // A life under the former life of this supervisor may still be on its way out.
        while peer.control().is_running() {
            peer.control().kill();
            let _ = peer.control().watch().await;
        }
        let go = child.start.begin(ctx.runtime())?;
        // Before its task runs, or an early end would be missed.
        let monitor = ctx.monitor_peer(&peer);
        if go().await.is_err() {
            // Its notice will find no entry.
            return Err(peer.control().last_exit().unwrap_or(Exit::Killed));
        }
        self.monitors.insert(monitor, index);
        child.record.lock().state = ChildState::Running;
        Ok(())
    }

    /// Stops children from the last to the first, each by its own rule, waiting for each.
    async fn stop_all(&mut self, ctx: &mut Context<Self>) {
        for monitor in std::mem::take(&mut self.monitors).into_keys() {
            ctx.demonitor(monitor);
        }
        for child in self.spec.children.iter().rev() {
            let peer = child.start.peer();
            let mut ended = peer.control().watch();
            if peer.control().is_running() {
                match child.shutdown {
                    Shutdown::BrutalKill => peer.control().kill(),
                    Shutdown::Infinity => peer.control().stop(Exit::Shutdown),
                    Shutdown::Timeout(patience) => {
                        peer.control().stop(Exit::Shutdown);
                        let until = ctx.clock().now() + patience;
                        if clock::deadline(&**ctx.clock(), until, &mut ended).await.is_err() {
                            peer.control().kill();
                        }
                    }
                }
                // A process that never awaits cannot be killed, and is waited for.
                while peer.control().is_running() {
                    let _ = peer.control().watch().await;
                }
            }
            child.record.lock().state = ChildState::Stopped;
        }
    }

    fn publish(&self, index: usize, state: ChildState) {
        if let Some(child) = self.child(index) {
            child.record.lock().state = state;
        }
    }

    fn check_names(&self) -> Result<(), Exit> {
        let mut names = BTreeSet::new();
        match self.spec.children.iter().find(|child| !names.insert(child.name)) {
            None => Ok(()),
            Some(child) => Err(Exit::start_failed(
                child.name.into(),
                Exit::failed(Error::new(Code::InvalidInput, format!("two children are named `{}`", child.name))),
            )),
        }
    }
}

impl Process for Tree {
    type Message = SupervisorMessage;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.check_names()?;
        for index in 0..self.spec.children.len() {
            if let Some(child) = self.child(index) {
                child.record.lock().forgotten = false;
            }
            if let Err(exit) = self.start(index, ctx).await {
                self.stop_all(ctx).await;
                let child = self.child(index).map_or("", |child| child.name);
                return Err(Exit::start_failed(child.into(), exit));
            }
            let event = Event::Started { child: index, at: ctx.clock().now() };
            self.decide(event, Exit::Normal, ctx).await?;
        }
        Ok(())
    }

    async fn handle(&mut self, message: SupervisorMessage, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message.0 {
            Message::Due(child) => self.decide(Event::Due { child }, Exit::Normal, ctx).await,
        }
    }

    async fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Notice::Down { monitor, reason, .. } = notice else { return Ok(()) };
        let Some(child) = self.monitors.remove(&monitor) else { return Ok(()) };
        // Drawn only where it is used, so that a seeded source is not advanced by ends that need no chance.
        let waits =
            self.child(child).is_some_and(|child| child.backoff.is_some() && child.restart != Restart::Temporary);
        let chance = if waits { ctx.runtime().entropy().next_u64() } else { 0 };
        let event = Event::Exited { child, abnormal: reason.is_abnormal(), at: ctx.clock().now(), chance };
        self.decide(event, reason, ctx).await
    }

    async fn terminate(&mut self, _reason: &Exit, ctx: &mut Context<Self>) {
        self.stop_all(ctx).await;
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if self.root {
            self.spec.settle();
        }
    }
}
