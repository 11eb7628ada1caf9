//! What the lives of coordinators and workers share: the book, the items themselves, and who waits for them.
//!
//! Each change of the book happens under one short lock; what follows from it (waking, answering, interrupting) is done
//! outside. No value of the user's is dropped and no function of theirs is called under the lock.

mod carry;
mod meters;
mod neighbours;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{AbortHandle, AbortRegistration};
use parking_lot::Mutex;

use super::book::{Attempted, Book, Item, Submitted, Taken, Totals};
use super::coordinator::Look;
use super::info::Counts;
use super::isolated::Isolation;
use super::job::{AttemptFailure, Job, NotAccepted, Withdraw, WorkError};
use super::layout::Member;
use super::ring::Ring;
use super::seat::SeatMessage;
use super::settings::Topology;
use super::worker::Worker;
use crate::process::isolate::drop_quietly;
use crate::process::{Address, Exit};
use crate::runtime::Runtime;
use meters::Meters;

pub(super) struct Shared<W: Worker> {
    pub(super) name: &'static str,
    pub(super) topology: Topology,
    pub(super) time_limit: Option<Duration>,
    pub(super) isolation: Isolation,
    places: OnceLock<Places<W>>,
    ledger: Mutex<Ledger<W>>,
    /// Rises with each worker that comes or goes, where workers know each other.
    membership: AtomicU64,
    meters: Meters,
}

/// Where the members are.
pub(super) struct Places<W: Worker> {
    pub(super) nodes: Vec<Address<Look>>,
    pub(super) workers: Vec<Address<SeatMessage<W>>>,
}

struct Ledger<W: Worker> {
    book: Book,
    /// Workers know each other.
    is_connected: bool,
    ring: Option<Ring>,
    entries: BTreeMap<Item, Entry<W>>,
    /// Who waits for everything to be over.
    drained: Vec<oneshot::Sender<()>>,
    /// Why the ecosystem ended, where it did so by itself.
    ended: Option<Exit>,
}

/// What an item carries with it.
struct Entry<W: Worker> {
    work: Arc<W::Work>,
    answer: oneshot::Sender<Result<W::Output, WorkError>>,
    /// Told when there is room for it.
    admitted: Option<oneshot::Sender<()>>,
    /// Interrupts the attempt under way.
    abort: Option<AbortHandle>,
    attempts: u32,
    last: Option<AttemptFailure>,
}

/// An item that a worker begins with.
pub(super) struct Assignment<W: Worker> {
    pub(super) item: Item,
    pub(super) attempt: u32,
    pub(super) work: Arc<W::Work>,
    pub(super) aborted: AbortRegistration,
}

/// A submission that was not refused.
pub(super) struct Submission<W: Worker> {
    pub(super) job: Job<W::Output>,
    /// Ready when there is room for it; none where there was.
    pub(super) admitted: Option<oneshot::Receiver<()>>,
}

impl<W: Worker> Shared<W> {
    pub(super) fn new(
        name: &'static str,
        topology: Topology,
        time_limit: Option<Duration>,
        book: Book,
        runtime: &Runtime,
    ) -> Arc<Self> {
        let ring = matches!(topology, Topology::Ring { .. }).then(Ring::new);
        let is_connected = matches!(topology, Topology::Mesh | Topology::Ring { .. });
        let ledger = Ledger { book, is_connected, ring, entries: BTreeMap::new(), drained: Vec::new(), ended: None };
        Arc::new(Self {
            name,
            topology,
            time_limit,
            isolation: Isolation::new(runtime, name),
            places: OnceLock::new(),
            ledger: Mutex::new(ledger),
            membership: AtomicU64::new(0),
            meters: Meters::new(runtime.telemetry(), name),
        })
    }

    /// Says where the members are; done once, before any of them starts.
    pub(super) fn settle_in(&self, nodes: Vec<Address<Look>>, workers: Vec<Address<SeatMessage<W>>>) {
        // A second call would change nothing, and there is none.
        let _ = self.places.set(Places { nodes, workers });
    }

    pub(super) fn places(&self) -> Option<&Places<W>> {
        self.places.get()
    }

    pub(super) fn submit(
        self: &Arc<Self>,
        work: Arc<W::Work>,
        may_wait: bool,
    ) -> Result<Submission<W>, (Arc<W::Work>, NotAccepted)> {
        let submission = self.change(|ledger, effects| {
            let (item, waits) = match ledger.book.submit(may_wait, effects) {
                Submitted::Accepted(item) => (item, false),
                Submitted::Waiting(item) => (item, true),
                Submitted::Full => return Err((work, NotAccepted::Full)),
                Submitted::Closed => return Err((work, NotAccepted::ShutDown)),
            };
            let (answer, receiver) = oneshot::channel();
            let (told, admitted) = oneshot::channel();
            let entry = Entry { work, answer, admitted: waits.then_some(told), abort: None, attempts: 0, last: None };
            ledger.entries.insert(item, entry);
            let job = Job::new(item, receiver, Arc::clone(self) as Arc<dyn Withdraw>);
            Ok(Submission { job, admitted: waits.then_some(admitted) })
        });
        if submission.is_err() {
            self.meters.refused();
        }
        submission
    }

    /// Stops waiting for room; `false` where that is not needed any more.
    pub(super) fn retract(&self, item: Item) -> bool {
        self.change(|ledger, effects| ledger.book.retract(item, effects))
    }

    /// A coordinator's life begins.
    pub(super) fn node_up(&self, node: usize, life: u64) -> Vec<Member> {
        self.change(|ledger, effects| {
            ledger.book.node_up(node, life, effects);
            ledger.book.layout().nodes.get(node).map(|place| place.members.clone()).unwrap_or_default()
        })
    }

    /// Whom a coordinator that was woken has to watch.
    pub(super) fn look(&self, node: usize) -> BTreeSet<Member> {
        self.ledger.lock().book.look(node)
    }

    /// Hands on what waits at `node`.
    pub(super) fn dispatch(&self, node: usize) {
        self.change(|ledger, effects| ledger.book.dispatch(node, effects));
    }

    /// A coordinator watches that life of a member.
    pub(super) fn watched(&self, member: Member, life: u64) {
        self.change(|ledger, effects| match member {
            Member::Node(node) => ledger.book.node_watched(node, life, effects),
            Member::Worker(worker) => {
                let lost = ledger.book.worker_watched(worker, life, effects);
                ledger.blame(lost, AttemptFailure::WorkerLost);
            }
        });
    }

    /// A coordinator knows that a life of a member has ended; why, where it was told.
    pub(super) fn down(&self, member: Member, life: u64, reason: Option<Exit>) {
        self.change(|ledger, effects| match member {
            Member::Node(node) => ledger.book.node_down(node, life, effects),
            Member::Worker(worker) => {
                let lost = ledger.book.worker_down(worker, life, effects);
                ledger.blame(lost, reason.map_or(AttemptFailure::WorkerLost, AttemptFailure::WorkerEnded));
            }
        });
    }

    /// A worker's life begins.
    pub(super) fn worker_up(&self, worker: usize, life: u64) {
        self.change(|ledger, effects| ledger.book.worker_up(worker, life, effects));
    }

    /// What a worker that was woken begins with.
    pub(super) fn take(&self, worker: usize, life: u64) -> Option<Assignment<W>> {
        let mut ledger = self.ledger.lock();
        let (item, attempt) = ledger.book.take(worker, life)?;
        let entry = ledger.entries.get_mut(&item)?;
        let (abort, aborted) = AbortHandle::new_pair();
        entry.abort = Some(abort);
        entry.attempts = attempt;
        Some(Assignment { item, attempt, work: Arc::clone(&entry.work), aborted })
    }

    /// Whether something waits for a worker that it has not begun.
    pub(super) fn has_work(&self, worker: usize, life: u64) -> bool {
        self.ledger.lock().book.has_work(worker, life)
    }

    /// A worker reports how an attempt ended. The first ending of an item counts; later ones are dropped.
    pub(super) fn finish(
        &self,
        worker: (usize, u64),
        attempt: (Item, u32),
        result: Result<W::Output, (AttemptFailure, bool)>,
    ) {
        let settled = self.change(|ledger, effects| match result {
            Ok(output) => match ledger.book.finish(worker, attempt, Attempted::Done, effects) {
                Taken::Settled => ledger.entries.remove(&attempt.0).map(|entry| (entry, output)).ok_or(None),
                Taken::Again | Taken::Stale => Err(Some(output)),
            },
            Err((failure, again)) => {
                let taken = ledger.book.finish(worker, attempt, Attempted::Failed { again }, effects);
                if taken != Taken::Stale {
                    ledger.blame(Some(attempt.0), failure);
                }
                Err(None)
            }
        });
        match settled {
            Ok((entry, output)) => {
                self.meters.done();
                self.answer(entry, Ok(output));
            }
            Err(stale) => drop_quietly(stale),
        }
    }

    /// Takes nothing more in; the answer is ready when everything is over.
    pub(super) fn drain(&self) -> oneshot::Receiver<()> {
        let (told, drained) = oneshot::channel();
        self.change(|ledger, effects| {
            ledger.drained.push(told);
            ledger.book.drain(effects);
        });
        drained
    }

    /// Ends everything that is not over.
    pub(super) fn close(&self, ended: Option<Exit>) {
        self.change(|ledger, effects| {
            if ledger.ended.is_none() {
                ledger.ended = ended;
            }
            ledger.book.close(effects);
        });
    }

    /// What the book counts now.
    pub(super) fn counts(&self) -> Counts {
        let ledger = self.ledger.lock();
        let book = &ledger.book;
        let layout = book.layout();
        Counts {
            phase: book.phase(),
            token: ledger.ring.as_ref().and_then(Ring::place),
            queued: book.queued(),
            waiting: book.waiting(),
            held: (0..layout.nodes.len()).map(|node| book.held(node)).collect(),
            in_flight: (0..layout.workers.len()).map(|worker| book.in_flight(worker)).collect(),
            totals: book.totals(),
        }
    }

    pub(super) fn totals(&self) -> Totals {
        self.ledger.lock().book.totals()
    }
}

impl<W: Worker> Ledger<W> {
    /// Notes why the last attempt of an item came to nothing.
    fn blame(&mut self, item: Option<Item>, failure: AttemptFailure) {
        if let Some(entry) = item.and_then(|item| self.entries.get_mut(&item)) {
            entry.last = Some(failure);
        }
    }
}

impl<W: Worker> Withdraw for Shared<W> {
    fn withdraw(&self, item: Item) {
        self.change(|ledger, effects| ledger.book.withdraw(item, effects));
    }
}
