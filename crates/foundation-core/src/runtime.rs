//! The runtime: the ports that processes run on, and the table of those that do.
//!
//! A runtime is a value. Several may live in one program and know nothing of each other; nothing here is global.

mod sentinel;

mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use futures_channel::oneshot;
use metrics::{Counter, Gauge};
use parking_lot::Mutex;

use crate::diagnosis::Census;
use crate::event::NodeId;
use crate::port::clock::Clock;
use crate::port::entropy::Entropy;
use crate::port::spawner::Spawner;
use crate::process::cell::Cell;
use crate::process::control::{LifeStart, Peer};
use crate::process::mailbox::Tally;
use crate::process::run::Launch;
use crate::process::{Address, Process};
use crate::supervisor::{StartError, Supervisor, SupervisorHandle};
use crate::telemetry::{Telemetry, names};

use sentinel::Sentinel;
use table::Table;

/// What a [`Runtime`] is made of.
#[derive(Clone, Debug)]
pub struct RuntimeParts {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Where tasks run.
    pub spawner: Spawner,
    /// The name of this node.
    pub node: NodeId,
    /// Where metrics go.
    pub telemetry: Telemetry,
}

/// What became of the messages sent on one runtime.
///
/// While nothing runs, `sent == handled + rejected + undelivered + queued` holds exactly; while something does, the
/// counts are read one process after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Messages given to `cast`, `try_cast`, `call`, and timers that fired. One that waits for room is not sent yet.
    pub sent: u64,
    /// Handed to their process.
    pub handled: u64,
    /// Given back to the sender.
    pub rejected: u64,
    /// In a mailbox when its process ended, or dropped by an overflow policy.
    pub undelivered: u64,
    /// Waiting in mailboxes.
    pub queued: u64,
}

/// The ports that processes run on, and the table of those that do. Cheap to clone; clones are the same runtime.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    parts: RuntimeParts,
    table: Table,
    last_number: AtomicU64,
    /// Dropped with the runtime, which ends the sentinel; none where there is no sentinel.
    sentinel: OnceLock<Option<oneshot::Sender<()>>>,
    starts: Counter,
    meters: Mutex<Meters>,
}

/// Handles of the metrics that are sampled.
struct Meters {
    handled: Counter,
    rejected: Counter,
    undelivered: Counter,
    mailboxes: BTreeMap<&'static str, Gauge>,
}

impl Runtime {
    /// A runtime on these ports. It starts nothing by itself.
    #[must_use]
    pub fn new(parts: RuntimeParts) -> Self {
        let telemetry = &parts.telemetry;
        let outcome = |outcome| telemetry.counter(names::PROCESS_MESSAGES, &[outcome]);
        let meters = Meters {
            handled: outcome("handled"),
            rejected: outcome("rejected"),
            undelivered: outcome("undelivered"),
            mailboxes: BTreeMap::new(),
        };
        Self {
            inner: Arc::new(Inner {
                starts: telemetry.counter(names::PROCESS_STARTS, &[]),
                meters: Mutex::new(meters),
                table: Table::default(),
                last_number: AtomicU64::new(0),
                sentinel: OnceLock::new(),
                parts,
            }),
        }
    }

    /// Where time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.parts.clock
    }

    /// Where chance comes from.
    #[must_use]
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.inner.parts.entropy
    }

    /// Where tasks run.
    #[must_use]
    pub fn spawner(&self) -> &Spawner {
        &self.inner.parts.spawner
    }

    /// The name of this node.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.inner.parts.node
    }

    /// Where metrics go.
    #[must_use]
    pub fn telemetry(&self) -> &Telemetry {
        &self.inner.parts.telemetry
    }

    /// Starts a process that nobody restarts. Mail sent at once waits for its `init`.
    ///
    /// `name` says what kind of process it is in metrics and task names; it need not be unique.
    pub fn spawn<P: Process>(&self, name: &'static str, process: P) -> Address<P::Message> {
        let cell = Cell::new(name, false);
        let address = Address { cell: Arc::clone(&cell) };
        if let Some(launch) = Launch::prepare(cell, self, process, LifeStart::ALONE) {
            launch.go();
        }
        address
    }

    /// Starts a supervisor and its children, each after the `init` of the one before.
    ///
    /// Dropping the handle stops nothing.
    ///
    /// # Errors
    /// [`StartError`] when a child does not start; those before it were stopped, the last one first.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the supervisor to start and run.
    pub async fn supervise(&self, name: &'static str, supervisor: Supervisor) -> Result<SupervisorHandle, StartError> {
        SupervisorHandle::start(self, name, supervisor).await
    }

    /// What became of the messages sent on this runtime.
    ///
    /// Messages to a supervised process that has never been started are counted once it is.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let (peers, retired) = self.inner.table.all();
        let mut total = Ledger::default().plus(retired, 0);
        // Outside all locks: the last owner of a process may be this list, and its drop enters the table.
        for peer in peers {
            let (tally, queued) = peer.tally();
            total = total.plus(tally, queued);
        }
        total
    }

    /// What every process does now. Compare two of them with [`Census::since`].
    #[must_use]
    pub fn census(&self) -> Census {
        let (peers, _) = self.inner.table.all();
        // Outside all locks, as in `ledger`.
        let mut processes: Vec<_> = peers.iter().map(|peer| peer.look()).collect();
        processes.sort_unstable_by_key(|info| info.process.process);
        Census { at: self.clock().now(), processes }
    }

    /// Brings the sampled metrics up to date: mailbox lengths and message counts. Called before a scrape.
    pub fn refresh_metrics(&self) {
        let ledger = self.ledger();
        let (peers, _) = self.inner.table.all();
        let mut lengths: BTreeMap<&'static str, usize> = BTreeMap::new();
        for peer in &peers {
            *lengths.entry(peer.control().name).or_default() += peer.mailbox_len();
        }
        drop(peers);
        let mut meters = self.inner.meters.lock();
        meters.handled.absolute(ledger.handled);
        meters.rejected.absolute(ledger.rejected);
        meters.undelivered.absolute(ledger.undelivered);
        for name in lengths.keys() {
            let telemetry = self.telemetry();
            meters.mailboxes.entry(name).or_insert_with(|| telemetry.gauge(names::PROCESS_MAILBOX_MESSAGES, &[name]));
        }
        // Kinds of processes that are gone read as zero.
        for (name, gauge) in &meters.mailboxes {
            gauge.set(lengths.get(name).copied().unwrap_or(0) as f64);
        }
    }

    pub(crate) fn count_start(&self) {
        self.inner.starts.increment(1);
    }

    /// Takes a process into the table and answers its number and its place there.
    pub(crate) fn enrol(&self, process: Weak<dyn Peer>) -> (u64, u32) {
        self.inner.sentinel.get_or_init(|| Sentinel::post(self));
        let number = self.inner.last_number.fetch_add(1, Ordering::Relaxed) + 1;
        (number, self.inner.table.insert(number, process))
    }

    /// The process of that number, which was taken in at that place.
    pub(crate) fn find(&self, number: u64, slot: u32) -> Option<Arc<dyn Peer>> {
        self.inner.table.get(number, slot)
    }

    /// Takes a process whose last address is gone out of the table.
    pub(crate) fn retire(&self, number: u64, slot: u32, tally: Tally) {
        self.inner.table.remove(number, slot, tally);
    }
}

impl Ledger {
    fn plus(self, tally: Tally, queued: u64) -> Self {
        Self {
            sent: self.sent + tally.sent,
            handled: self.handled + tally.handled,
            rejected: self.rejected + tally.rejected,
            undelivered: self.undelivered + tally.undelivered,
            queued: self.queued + queued,
        }
    }

    /// Whether every message sent is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.sent == self.handled + self.rejected + self.undelivered + self.queued
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("node", self.node()).finish_non_exhaustive()
    }
}
