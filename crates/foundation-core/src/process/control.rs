//! The control lane and the life of a process: which incarnation runs, who asked it to end, who wants to hear of it.
//!
//! It knows nothing of messages, so that links, monitors and supervisors can hold processes of any kind. No two of
//! its locks are ever held at once; a mailbox's may be taken under the one of its own process, never the other way
//! round.
//!
//! One word of flags says whether there is anything to see, so that between two messages a process looks at nothing
//! else. What few processes have (relations, signals that wait) stands in a box that is made when it is first needed.

mod lane;

pub(crate) mod relations;

mod seat;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use futures_channel::oneshot;
use parking_lot::Mutex;

use super::Exit;
use super::mailbox::Tally;
use crate::diagnosis::ProcessInfo;
use crate::event::ProcessRef;

use seat::Seat;

pub(crate) use lane::Urgency;

/// Names a monitor among those of the process that set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonitorId(u64);

/// What a process hears through its control lane, before any mail.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A monitored process ended, or was not running. Exactly one for each monitor.
    Down {
        /// The monitor; it is used up.
        monitor: MonitorId,
        /// The process and which life of it. Zero where it never ran.
        process: ProcessRef,
        /// Why, and [`Exit::NoProcess`] where it was not running when the monitor was set.
        reason: Exit,
    },
    /// A linked process ended; heard only by a process that traps exits.
    Exit {
        /// The process and which life of it.
        process: ProcessRef,
        /// Why.
        reason: Exit,
    },
}

/// A process of any kind.
pub(crate) trait Peer: Send + Sync {
    fn control(&self) -> &Control;
    fn mailbox_len(&self) -> usize;
    fn tally(&self) -> (Tally, u64);
    /// What it does now.
    fn look(&self) -> ProcessInfo;
}

/// What stands in the control lane.
pub(crate) enum Signal {
    Stop(Exit),
    Notice(Notice),
    /// Answered between two messages, or with the reason when the process ends first.
    Probe(oneshot::Sender<Option<Exit>>),
}

/// Who hears of an end.
enum Watcher {
    Process { peer: Arc<dyn Peer>, incarnation: u64, monitor: MonitorId },
    Task(oneshot::Sender<Exit>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Never started.
    Idle,
    Running,
    Ended,
}

/// Gives something back when a life ends: a name, a place in a group.
pub(crate) type AtEnd = Box<dyn FnOnce(ProcessRef) + Send>;

/// One of the things that are given back.
struct AtEndNode {
    hook: AtEnd,
    next: Option<Box<AtEndNode>>,
}

struct State {
    incarnation: u64,
    phase: Phase,
    /// A supervisor may start it again.
    restartable: bool,
    trapping: bool,
    /// How the latest life that ended did; kept while the next one goes on. None before the first end.
    latest_exit: Option<Box<Exit>>,
    /// Told when `init` is done; dropped after the end is recorded.
    starting: Option<oneshot::Sender<()>>,
    /// What is given back when the present life ends.
    at_end: Option<Box<AtEndNode>>,
    more: Option<Box<More>>,
}

/// What few processes have.
#[derive(Default)]
struct More {
    interrupt: Option<Exit>,
    signals: VecDeque<Signal>,
    /// Processes linked to this one; each has this one in its own list.
    links: Vec<Arc<dyn Peer>>,
    /// Processes that end with this one, whatever its reason, by their cell; they do not have it in their lists.
    wards: BTreeMap<usize, Arc<dyn Peer>>,
    /// Who watches this process.
    watchers: BTreeMap<u64, Watcher>,
    next_watcher: u64,
    /// When there are this many watchers, those that stopped waiting are looked for.
    prune_at: usize,
    /// Who waits for it to run.
    awaiting_start: Vec<oneshot::Sender<()>>,
    /// Whom this process watches, and under which key.
    watching: BTreeMap<MonitorId, (Arc<dyn Peer>, u64)>,
    next_monitor: u64,
}

pub(crate) struct Control {
    pub(crate) name: &'static str,
    /// The process's number in its runtime; 0 until it is first started.
    number: AtomicU64,
    /// The number of the process whose answer it waits for; 0 for none.
    waits_for: AtomicU64,
    /// Bytes that the process has told of as its own.
    memory: AtomicI64,
    /// What there is to see; [`flag`].
    flags: AtomicU32,
    /// How many notices it took up; with the messages it handled, what shows that it goes on.
    notices: AtomicU32,
    /// Its code is on a thread now. Only the task itself writes it.
    on_thread: AtomicBool,
    seat: Seat,
    state: Mutex<State>,
}

/// Whether a process runs, and if not, why.
pub(crate) enum Life {
    Running,
    /// Not now: not yet started, or between two restarts.
    Down,
    /// Never again.
    Over(Exit),
}

impl State {
    fn running(&self) -> bool {
        self.phase == Phase::Running
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn latest_exit(&self) -> Exit {
        self.latest_exit.as_deref().cloned().unwrap_or(Exit::NoProcess)
    }
}

impl Control {
    pub(crate) fn new(name: &'static str, restartable: bool) -> Self {
        Self {
            name,
            number: AtomicU64::new(0),
            waits_for: AtomicU64::new(0),
            memory: AtomicI64::new(0),
            flags: AtomicU32::new(0),
            notices: AtomicU32::new(0),
            on_thread: AtomicBool::new(false),
            seat: Seat::new(),
            state: Mutex::new(State {
                incarnation: 0,
                phase: Phase::Idle,
                restartable,
                trapping: false,
                latest_exit: None,
                starting: None,
                at_end: None,
                more: None,
            }),
        }
    }

    /// The process and its present or last life; zeros where it never ran.
    pub(crate) fn process_ref(&self) -> ProcessRef {
        ProcessRef { process: self.number(), incarnation: self.state.lock().incarnation }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    pub(crate) fn set_number(&self, number: u64) {
        self.number.store(number, Ordering::Release);
    }

    /// Begins a life; `None` while one goes on. `open` opens its mailbox, so that nobody sees it run and refuse mail.
    pub(crate) fn begin(&self, restartable: bool, open: impl FnOnce(u64)) -> Option<u64> {
        let mut state = self.state.lock();
        if state.running() {
            return None;
        }
        state.incarnation += 1;
        state.phase = Phase::Running;
        state.restartable = restartable;
        state.trapping = false;
        self.flags.store(0, Ordering::Release);
        self.memory.store(0, Ordering::Relaxed);
        let incarnation = state.incarnation;
        open(incarnation);
        let awaiting = state.more.as_mut().map(|more| {
            more.interrupt = None;
            std::mem::take(&mut more.awaiting_start)
        });
        drop(state);
        for waiting in awaiting.into_iter().flatten() {
            // The other may have stopped waiting.
            let _ = waiting.send(());
        }
        Some(incarnation)
    }

    /// Ready after the `init` of the present life, and cancelled if it ends in it.
    pub(crate) fn await_init(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.state.lock().starting = Some(sender);
        receiver
    }

    /// `init` is done.
    pub(crate) fn initialised(&self) {
        let starting = self.state.lock().starting.take();
        if let Some(starting) = starting {
            // Whoever started it may have stopped waiting.
            let _ = starting.send(());
        }
    }

    /// Whether it runs, may run again, or is over.
    pub(crate) fn life(&self) -> Life {
        let state = self.state.lock();
        match state.phase {
            Phase::Running => Life::Running,
            _ if state.restartable => Life::Down,
            _ => Life::Over(state.latest_exit()),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state.lock().running()
    }

    /// How the last life ended, and `None` while one goes on.
    pub(crate) fn last_exit(&self) -> Option<Exit> {
        let state = self.state.lock();
        if state.running() { None } else { Some(state.latest_exit()) }
    }

    /// Has `hook` called once, when the life `incarnation` has ended and before anybody is told. Gives the hook back
    /// where that life is over.
    pub(crate) fn at_end(&self, incarnation: u64, hook: AtEnd) -> Result<(), AtEnd> {
        let mut state = self.state.lock();
        if !state.running() || state.incarnation != incarnation {
            return Err(hook);
        }
        let next = state.at_end.take();
        state.at_end = Some(Box::new(AtEndNode { hook, next }));
        Ok(())
    }

    /// Nobody will start it again.
    pub(crate) fn settle(&self) {
        let mut state = self.state.lock();
        state.restartable = false;
        let told = state.more.as_mut().map(|more| std::mem::take(&mut more.awaiting_start));
        drop(state);
        // Being dropped is what tells them, outside the lock.
        drop(told);
    }

    /// Ready when a life begins, or when none will any more; `None` where that is settled already.
    pub(crate) fn await_start(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        if state.running() || !state.restartable {
            return None;
        }
        let awaiting = &mut state.more().awaiting_start;
        awaiting.retain(|waiting| !waiting.is_canceled());
        let (sender, receiver) = oneshot::channel();
        awaiting.push(sender);
        Some(receiver)
    }

    /// Notes whose answer it waits for; 0 for none.
    pub(crate) fn set_waits_for(&self, process: u64) {
        self.waits_for.store(process, Ordering::Relaxed);
    }

    /// The number of the process whose answer it waits for, if it does.
    pub(crate) fn waits_for(&self) -> Option<u64> {
        Some(self.waits_for.load(Ordering::Relaxed)).filter(|process| *process != 0)
    }

    /// Counts a notice. Only the process itself does, so a plain store is enough.
    pub(crate) fn count_notice(&self) {
        self.notices.store(self.notices().wrapping_add(1), Ordering::Relaxed);
    }

    /// How many notices it took up, in all its lives.
    pub(crate) fn notices(&self) -> u32 {
        self.notices.load(Ordering::Relaxed)
    }

    /// Whether its code is on a thread now.
    pub(crate) fn is_on_thread(&self) -> bool {
        self.on_thread.load(Ordering::Relaxed)
    }

    /// Bytes that the process has told of as its own, in its present life.
    pub(crate) fn memory(&self) -> i64 {
        self.memory.load(Ordering::Relaxed)
    }

    pub(crate) fn account_memory(&self, bytes: i64) {
        self.memory.fetch_add(bytes, Ordering::Relaxed);
    }
}
