//! Writes down what supervisors see: starts as workers tell them, ends as monitors tell them.
//!
//! A worker asks to be observed in its `init` and goes on when it is, and a life's supervisors are observed with its
//! first worker; so no life ends unobserved. Ends come through the observer's control lane in the order in which they
//! happened, and before the starts that follow from them, which come through its mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foundation_core::{Address, Context, Exit, MonitorId, Notice, Process, Reply, SupervisorMessage};

use super::Run;
use super::worker::Order;
use crate::differential::scenario::Id;
use crate::differential::trace::{Class, Event, What};

/// A supervisor that a worker stands below.
pub(super) type Above = (Id, Arc<OnceLock<Address<SupervisorMessage>>>);

/// A worker's start has begun; the answer is which life of it that is.
pub(super) struct Seen {
    pub(super) worker: Id,
    pub(super) address: Address<Order>,
    pub(super) supervisor: Id,
    /// The supervisors from below the root down to its own.
    pub(super) path: Arc<[Above]>,
    pub(super) life: Reply<u32>,
}

/// What was seen so far. Clones are the same notes.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    run: Run,
    step: u32,
    lives: BTreeMap<Id, u32>,
    /// Workers whose present life said farewell, or never began.
    farewells: BTreeSet<Id>,
    stillborn: BTreeSet<Id>,
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin_step(&self, step: u32) {
        self.lock().step = step;
    }

    pub(super) fn push(&self, supervisor: Option<Id>, event: Event) {
        self.lock().run.trace.push(supervisor, event);
    }

    pub(super) fn count_gave_up(&self) {
        self.lock().run.gave_up += 1;
    }

    /// A worker's `terminate` ran to its end.
    pub(super) fn farewell(&self, worker: Id) {
        self.lock().farewells.insert(worker);
    }

    /// The start of a worker that has begun comes to nothing.
    pub(super) fn stillborn(&self, supervisor: Id, worker: Id, what: What) {
        let mut noted = self.lock();
        noted.stillborn.insert(worker);
        noted.see(supervisor, worker, what);
    }

    pub(super) fn into_run(self) -> Run {
        mem::take(&mut self.lock().run)
    }
}

impl Noted {
    fn begin(&mut self, supervisor: Id, child: Id) -> u32 {
        *self.lives.entry(child).or_default() += 1;
        self.see(supervisor, child, What::Starts);
        self.lives[&child]
    }

    fn see(&mut self, supervisor: Id, child: Id, what: What) {
        let life = self.lives.get(&child).copied().unwrap_or(0);
        let event = Event { step: self.step, child, life, what };
        self.run.trace.push(Some(supervisor), event);
    }
}

/// The process.
pub(super) struct Observer {
    notes: Notes,
    watched: BTreeMap<MonitorId, Watched>,
    /// The lives of supervisors that are watched.
    incarnations: BTreeMap<Id, u64>,
}

#[derive(Clone, Copy)]
struct Watched {
    supervisor: Id,
    child: Id,
}

impl Observer {
    pub(super) fn new(notes: Notes) -> Self {
        Self { notes, watched: BTreeMap::new(), incarnations: BTreeMap::new() }
    }
}

impl Process for Observer {
    type Message = Seen;

    async fn handle(&mut self, seen: Seen, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let root = 0;
        let parents = std::iter::once(root).chain(seen.path.iter().map(|(id, _)| *id));
        for (parent, (id, address)) in parents.zip(seen.path.iter()) {
            let Some(address) = address.get() else { continue };
            let incarnation = address.process_ref().incarnation;
            if self.incarnations.insert(*id, incarnation) != Some(incarnation) {
                self.notes.lock().begin(parent, *id);
                self.watched.insert(ctx.monitor(address), Watched { supervisor: parent, child: *id });
            }
        }
        let life = self.notes.lock().begin(seen.supervisor, seen.worker);
        let watched = Watched { supervisor: seen.supervisor, child: seen.worker };
        self.watched.insert(ctx.monitor(&seen.address), watched);
        seen.life.send(life);
        Ok(())
    }

    async fn notice(&mut self, notice: Notice, _: &mut Context<Self>) -> Result<(), Exit> {
        let Notice::Down { monitor, reason, .. } = notice else { return Ok(()) };
        let Some(Watched { supervisor, child }) = self.watched.remove(&monitor) else { return Ok(()) };
        let mut noted = self.notes.lock();
        let farewell = noted.farewells.remove(&child);
        if noted.stillborn.remove(&child) {
            return Ok(());
        }
        if matches!(reason, Exit::GaveUp(_)) {
            noted.run.gave_up += 1;
        }
        let what = match &reason {
            Exit::StartFailed(_) => What::Fails,
            other => What::Ended { class: class(other), farewell },
        };
        noted.see(supervisor, child, what);
        Ok(())
    }
}

/// What a reason is to a supervisor.
pub(super) fn class(exit: &Exit) -> Class {
    match exit {
        Exit::Normal => Class::Normal,
        Exit::Shutdown | Exit::GaveUp(_) => Class::Shutdown,
        Exit::Killed => Class::Killed,
        Exit::Panicked(_) | Exit::Failed(_) => Class::Crash,
        _ => Class::Other,
    }
}
