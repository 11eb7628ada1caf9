//! Writes down what supervisors see: starts as workers tell them, ends as monitors tell them.
//!
//! A worker asks to be observed in its `init` and goes on when it is, and a life's supervisors are observed with its
//! first worker; so no life ends unobserved. A dynamic supervisor begins without workers: whether one has begun is looked
//! up whenever a worker asks, and after each step. What comes next at its parent is either such a start or the next
//! step. Ends come through the observer's control lane in the order in which they
//! happened, and before the starts that follow from them, which come through its mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foundation_core::event::ProcessRef;
use foundation_core::{Address, Context, DynamicMessage, Exit, MonitorId, Notice, Process, Reply, SupervisorMessage};

use super::Run;
use super::worker::Order;
use crate::differential::scenario::Id;
use crate::differential::trace::{Class, Event, What};

/// A supervisor that a worker stands below.
pub(super) type Above = (Id, Station);

/// Where a supervisor is reached.
#[derive(Clone)]
pub(super) enum Station {
    Static(Arc<OnceLock<Address<SupervisorMessage>>>),
    Dynamic(Address<DynamicMessage>),
}

impl Station {
    fn process_ref(&self) -> Option<ProcessRef> {
        match self {
            Self::Static(address) => address.get().map(Address::process_ref),
            Self::Dynamic(address) => Some(address.process_ref()),
        }
    }

    fn monitor(&self, ctx: &mut Context<Observer>) -> Option<MonitorId> {
        match self {
            Self::Static(address) => address.get().map(|address| ctx.monitor(address)),
            Self::Dynamic(address) => Some(ctx.monitor(address)),
        }
    }
}

/// What the observer is told.
pub(super) enum Sight {
    /// There is a dynamic supervisor, below that one.
    Dynamic(Id, Above),
    Worker(Seen),
    /// A step is over; answered when all supervisors were looked at.
    StepIsOver(Reply<()>),
}

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
    dynamic: Vec<(Id, Above)>,
}

#[derive(Clone, Copy)]
struct Watched {
    supervisor: Id,
    child: Id,
}

impl Observer {
    pub(super) fn new(notes: Notes) -> Self {
        Self { notes, watched: BTreeMap::new(), incarnations: BTreeMap::new(), dynamic: Vec::new() }
    }

    /// Begins to watch a supervisor where a life of it has begun that is not watched yet.
    fn look_at(&mut self, parent: Id, (id, station): &Above, ctx: &mut Context<Self>) {
        let Some(life) = station.process_ref().map(|process| process.incarnation).filter(|life| *life > 0) else {
            return;
        };
        if self.incarnations.insert(*id, life) != Some(life)
            && let Some(monitor) = station.monitor(ctx)
        {
            self.notes.lock().begin(parent, *id);
            self.watched.insert(monitor, Watched { supervisor: parent, child: *id });
        }
    }

    /// Looks at the supervisors of `path` and at all dynamic ones, in the order of their numbers, which is the one in
    /// which they start.
    fn look_at_all(&mut self, path: &[Above], ctx: &mut Context<Self>) {
        let root = 0;
        let parents = std::iter::once(root).chain(path.iter().map(|(id, _)| *id));
        let mut all: Vec<(Id, Above)> = parents.zip(path.iter().cloned()).chain(self.dynamic.iter().cloned()).collect();
        all.sort_by_key(|(_, (id, _))| *id);
        for (parent, above) in &all {
            self.look_at(*parent, above, ctx);
        }
    }

    fn begin(&mut self, seen: Seen, ctx: &mut Context<Self>) {
        self.look_at_all(&seen.path, ctx);
        let life = self.notes.lock().begin(seen.supervisor, seen.worker);
        let watched = Watched { supervisor: seen.supervisor, child: seen.worker };
        self.watched.insert(ctx.monitor(&seen.address), watched);
        seen.life.send(life);
    }
}

impl Process for Observer {
    type Message = Sight;

    async fn handle(&mut self, sight: Sight, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match sight {
            Sight::Dynamic(parent, above) => self.dynamic.push((parent, above)),
            Sight::Worker(seen) => self.begin(seen, ctx),
            Sight::StepIsOver(reply) => {
                self.look_at_all(&[], ctx);
                reply.send(());
            }
        }
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
