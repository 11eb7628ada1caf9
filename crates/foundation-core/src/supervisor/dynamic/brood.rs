//! The table of a dynamic supervisor's children, shared by everybody who starts or stops one.
//!
//! Every change is made under one short lock, which is never held while a child's own lock is taken or its code runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use metrics::Counter;
use parking_lot::Mutex;
use slab::Slab;

use super::super::strategy::plan::{Phase, Plan};
use super::super::{Restart, Shutdown};
use super::entry::{Entry, Made, Past, Status, ask};
use super::template::Respawn;
use crate::event::ProcessRef;
use crate::port::clock::Monotonic;
use crate::process::control::{Parent, Peer, Woken};
use crate::process::isolate::drop_quietly;
use crate::process::{Exit, MonitorId};
use crate::runtime::Runtime;
use crate::telemetry::names;

/// A key is a place in the table in the lower bits, and above them a number that is never used again.
const PLACE_BITS: u32 = 28;

fn place(key: u64) -> usize {
    (key & ((1 << PLACE_BITS) - 1)) as usize
}

/// The children of a supervisor, over its lives.
pub(super) struct Brood {
    pub(super) name: &'static str,
    pub(super) limits: Mutex<Limits>,
    pub(super) table: Mutex<Table>,
    /// How often it was closed. Whoever lets a child in and finds another number when the child runs came too late for
    /// those who closed it to find that child running.
    closings: AtomicU64,
}

/// What a supervisor tolerates.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) intensity: (u32, Duration),
    pub(super) max_children: usize,
}

#[derive(Default)]
pub(super) struct Table {
    pub(super) children: Slab<Entry>,
    last_number: u64,
    max_children: usize,
    /// The life of the supervisor that takes children; none while it does not run or is about to end.
    open: Option<Open>,
    /// Woken when the last child is gone.
    waits: Option<Waker>,
    /// The counter of restarts of each kind that there was, so that a first restart is seen as a rise from zero.
    kinds: Vec<(&'static str, Counter)>,
}

struct Open {
    runtime: Runtime,
    keeper: Weak<dyn Peer>,
    incarnation: u64,
}

/// What a child is let in with.
pub(super) struct Admission {
    pub(super) key: u64,
    pub(super) runtime: Runtime,
    /// The life of the supervisor that takes it.
    pub(super) under: u64,
    closings: u64,
}

/// What asking a child to stop came to.
pub(super) enum Stop {
    /// It did not run, and is forgotten.
    Gone,
    /// It was asked, or killed; this is its rule.
    Asked(Shutdown),
    /// Somebody else stops it.
    Underway,
}

impl Brood {
    pub(super) fn new(name: &'static str) -> Self {
        let limits = Limits { intensity: (1, Duration::from_secs(5)), max_children: usize::MAX };
        Self { name, limits: Mutex::new(limits), table: Mutex::default(), closings: AtomicU64::new(0) }
    }

    /// A life of the supervisor begins to take children.
    pub(super) fn open(&self, runtime: Runtime, keeper: Weak<dyn Peer>, incarnation: u64) {
        let max_children = self.limits.lock().max_children;
        let mut table = self.table.lock();
        table.max_children = max_children;
        table.open = Some(Open { runtime, keeper, incarnation });
    }

    /// It takes none any more; those that wait for a restart are forgotten. Answers the others and their rules.
    pub(super) fn close(&self) -> Vec<(Arc<dyn Peer>, Shutdown)> {
        let mut table = self.table.lock();
        self.closings.fetch_add(1, Ordering::Release);
        let former = table.open.take();
        let mut idle = Vec::new();
        // Those whose end nobody will tell, if it has come: the supervisor would have heard of it as of a restart that
        // failed, and it does not restart them any more.
        let mut doubtful = Vec::new();
        for (place, entry) in &mut table.children {
            match entry.status {
                Status::Running => {}
                Status::Waiting => idle.push(place),
                Status::Restarting => {
                    entry.status = Status::Stopping(None);
                    doubtful.push((entry.key, entry.made.peer()));
                }
                Status::Stopping(_) => doubtful.push((entry.key, entry.made.peer())),
            }
        }
        let forgotten: Vec<_> = idle.into_iter().map(|place| table.children.remove(place)).collect();
        let left = table.children.iter().map(|(_, entry)| (entry.made.peer(), entry.made.shutdown())).collect();
        drop(table);
        drop(former);
        for entry in forgotten {
            entry.made.control().settle();
        }
        for (key, _) in doubtful.into_iter().filter(|(_, peer)| !peer.control().is_running()) {
            self.forget(key);
        }
        left
    }

    /// Takes a child in. Refused with the limit, or without one where the supervisor does not run.
    pub(super) fn enter(&self, made: Made) -> Result<Admission, Option<usize>> {
        let mut table = self.table.lock();
        let Some(open) = &table.open else { return Err(None) };
        if table.children.len() >= table.max_children {
            return Err(Some(table.max_children));
        }
        let (runtime, under) = (open.runtime.clone(), open.incarnation);
        let closings = self.closings.load(Ordering::Relaxed);
        if let Made::Lasting(seed) = &made {
            table.know(seed.rules().kind, &runtime);
        }
        table.last_number += 1;
        let number = table.last_number;
        let vacant = table.children.vacant_entry();
        let key = number << PLACE_BITS | vacant.key() as u64;
        vacant.insert(Entry { key, made, status: Status::Running, past: None });
        Ok(Admission { key, runtime, under, closings })
    }

    /// Whether the supervisor began to end after it let that child in. Asked when the child runs: whoever closed the
    /// table before that could not stop it.
    pub(super) fn has_closed_since(&self, admission: &Admission) -> bool {
        self.closings.load(Ordering::Acquire) != admission.closings
    }

    /// Stops a child that began to run when its supervisor had begun to end: by its own rule where that life still
    /// ends in order.
    pub(super) fn turn_away(&self, key: u64, in_order: bool) {
        let found = self.table.lock().get(key).map(|entry| (entry.made.peer(), entry.made.shutdown()));
        if let Some((peer, rule)) = found {
            ask(peer.control(), if in_order { rule } else { Shutdown::BrutalKill });
        }
    }

    /// Makes room for so many more, as far as it takes them.
    pub(super) fn reserve(&self, children: usize) {
        let mut table = self.table.lock();
        let free = table.max_children.saturating_sub(table.children.len());
        table.children.reserve(children.min(free));
    }

    /// Forgets a child, whatever it does.
    pub(super) fn forget(&self, key: u64) {
        let gone = self.table.lock().remove(key);
        if let Some(stopper) = self.settle(gone) {
            stopper.wake();
        }
    }

    /// Asks a child to stop by its own rule. `None` where there is no such child.
    pub(super) fn stop(&self, key: u64) -> Option<Stop> {
        let mut table = self.table.lock();
        let entry = table.get(key)?;
        match entry.status {
            Status::Stopping(_) => return Some(Stop::Underway),
            Status::Waiting => {
                drop(table);
                self.forget(key);
                return Some(Stop::Gone);
            }
            Status::Running | Status::Restarting => {}
        }
        entry.status = Status::Stopping(None);
        let (peer, rule) = (entry.made.peer(), entry.made.shutdown());
        drop(table);
        ask(peer.control(), rule);
        Some(Stop::Asked(rule))
    }

    /// Ready when a child is gone that somebody stops.
    pub(super) fn poll_gone(&self, key: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut table = self.table.lock();
        let Some(entry) = table.get(key) else { return Poll::Ready(()) };
        let former = std::mem::replace(&mut entry.status, Status::Stopping(Some(cx.waker().clone())));
        drop(table);
        drop(former);
        Poll::Pending
    }

    /// Kills a child that somebody stops.
    pub(super) fn kill(&self, key: u64) {
        let peer = self.table.lock().get(key).map(|entry| entry.made.peer());
        if let Some(peer) = peer {
            peer.control().kill();
        }
    }

    /// Ready when there is no child.
    pub(super) fn poll_empty(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut table = self.table.lock();
        if table.children.is_empty() {
            return Poll::Ready(());
        }
        let former = table.waits.replace(cx.waker().clone());
        drop(table);
        drop(former);
        Poll::Pending
    }

    /// Has `judge` look at a child that has ended and waits: its plan, and what restarts it.
    pub(super) fn judge<T>(&self, key: u64, judge: impl FnOnce(&mut Plan, &dyn Respawn) -> T) -> Option<T> {
        let mut table = self.table.lock();
        let entry = table.get(key)?;
        let Made::Lasting(seed) = &entry.made else { return None };
        if !matches!(entry.status, Status::Waiting) {
            return None;
        }
        let fresh = || Box::new(Past { plan: seed.rules().plan(), restarts: 0, over: 0 });
        let past = entry.past.get_or_insert_with(fresh);
        Some(judge(&mut past.plan, &**seed))
    }

    /// What restarts a child that waits; from now on it is being restarted.
    pub(super) fn begin_restart(&self, key: u64) -> Option<Arc<dyn Respawn>> {
        let seed = self.waiting(key)?;
        // Out of the lock: the child has its own.
        let over = seed.control().process_ref().incarnation;
        let mut table = self.table.lock();
        let entry = table.get(key).filter(|entry| matches!(entry.status, Status::Waiting))?;
        entry.status = Status::Restarting;
        if let Some(past) = &mut entry.past {
            past.over = over;
        }
        Some(seed)
    }

    fn waiting(&self, key: u64) -> Option<Arc<dyn Respawn>> {
        let mut table = self.table.lock();
        let entry = table.get(key).filter(|entry| matches!(entry.status, Status::Waiting))?;
        let Made::Lasting(seed) = &entry.made else { return None };
        Some(Arc::clone(seed))
    }

    /// The rule of a child that is being restarted, where somebody wants it stopped. The request may have come before
    /// there was anything to stop.
    pub(super) fn unwanted(&self, key: u64) -> Option<Shutdown> {
        let mut table = self.table.lock();
        let entry = table.get(key).filter(|entry| matches!(entry.status, Status::Stopping(_)))?;
        Some(entry.made.shutdown())
    }

    /// The restart has succeeded, at that time. Answers the child's rule where somebody wanted it stopped meanwhile.
    pub(super) fn restarted(&self, key: u64, at: Monotonic) -> Option<Shutdown> {
        let mut table = self.table.lock();
        let entry = table.get(key)?;
        if let Some(past) = &mut entry.past {
            past.restarts = past.restarts.saturating_add(1);
            past.plan.phase = Phase::Running(at);
        }
        let unwanted = matches!(entry.status, Status::Stopping(_)).then(|| entry.made.shutdown());
        if unwanted.is_none() {
            entry.status = Status::Running;
        }
        let kind = entry.made.control().name;
        if let Some((_, counter)) = table.kinds.iter().find(|(known, _)| *known == kind) {
            counter.increment(1);
        }
        unwanted
    }

    /// The restart has failed: whether to try again. Somebody may want it stopped meanwhile.
    pub(super) fn restart_failed(&self, key: u64) -> bool {
        let mut table = self.table.lock();
        match table.get(key) {
            Some(entry) if matches!(entry.status, Status::Restarting) => {
                entry.status = Status::Waiting;
                true
            }
            _ => {
                drop(table);
                self.forget(key);
                false
            }
        }
    }

    /// After an entry was taken out: nobody restarts it, and whoever waited for that is told. Outside the lock. Answers
    /// who waits for its end, and wakes who waits for the end of the last one.
    fn settle(&self, gone: Option<(Entry, Option<Waker>)>) -> Option<Waker> {
        let (Entry { made, status, .. }, waiting) = gone?;
        if let Made::Lasting(seed) = made {
            seed.control().settle();
            // Its arguments may go with it.
            drop_quietly(seed);
        }
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        match status {
            Status::Stopping(stopper) => stopper,
            _ => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.lock().children.len()
    }
}

impl Table {
    fn get(&mut self, key: u64) -> Option<&mut Entry> {
        self.children.get_mut(place(key)).filter(|entry| entry.key == key)
    }

    /// Takes a child out, and whom to tell if it was the last.
    fn remove(&mut self, key: u64) -> Option<(Entry, Option<Waker>)> {
        self.get(key)?;
        let entry = self.children.remove(place(key));
        let waiting = if self.children.is_empty() { self.waits.take() } else { None };
        Some((entry, waiting))
    }

    fn know(&mut self, kind: &'static str, runtime: &Runtime) {
        if !self.kinds.iter().any(|(known, _)| *known == kind) {
            let restarts = runtime.telemetry().counter(names::PROCESS_RESTARTS, &[kind]);
            restarts.increment(0);
            self.kinds.push((kind, restarts));
        }
    }
}

impl Parent for Brood {
    fn child_ended(&self, key: u64, process: ProcessRef, exit: &Exit) -> Option<Woken> {
        let mut table = self.table.lock();
        let is_open = table.open.is_some();
        let entry = table.get(key)?;
        if entry.past.as_ref().is_some_and(|past| process.incarnation <= past.over) {
            return None;
        }
        let wanted = match (&entry.status, &entry.made) {
            // The supervisor hears of it as of a start that failed.
            (Status::Restarting | Status::Waiting, _) => return None,
            (Status::Stopping(_), _) | (_, Made::Temporary(..)) => false,
            (_, Made::Lasting(seed)) => {
                let wanted = match seed.rules().restart {
                    Restart::Permanent => true,
                    Restart::Transient => exit.is_abnormal(),
                    Restart::Temporary => false,
                };
                // A first start that failed is its starter's concern.
                wanted && is_open && seed.control().is_initialised()
            }
        };
        if !wanted {
            let gone = table.remove(key);
            drop(table);
            return self.settle(gone).map(Woken::Task);
        }
        entry.status = Status::Waiting;
        let keeper = table.open.as_ref().and_then(|open| Some((open.keeper.upgrade()?, open.incarnation)));
        drop(table);
        let (keeper, incarnation) = keeper?;
        let concerned = keeper.control().note_down(incarnation, MonitorId(key), process, exit.clone());
        concerned.then_some(Woken::Process(keeper))
    }

    fn parent_ended(&self, process: ProcessRef, exit: &Exit) {
        for (child, _) in self.close() {
            child.control().parent_ended(process, exit);
        }
    }
}
