//! The control lane and the life of a process: which incarnation runs, who asked it to end, who wants to hear of it.
//!
//! It knows nothing of messages, so that links, monitors and supervisors can hold processes of any kind. No two of
//! its locks are ever held at once; a mailbox's may be taken under the one of its own process, never the other way
//! round.

pub(crate) mod relations;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use futures_channel::oneshot;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::Exit;
use super::mailbox::Tally;
use crate::event::ProcessRef;

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

/// How a message loop may be interrupted: only by what is at least this urgent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Urgency {
    Exit = 1,
    Kill = 2,
}

enum Phase {
    /// Never started.
    Idle,
    Running,
    Ended,
}

/// Below this many watchers nobody looks for dead ones among them.
const PRUNE_FROM: usize = 16;

struct State {
    incarnation: u64,
    phase: Phase,
    /// How the latest life that ended did; kept while the next one goes on. [`Exit::NoProcess`] before the first end.
    latest_exit: Exit,
    /// A supervisor may start it again.
    restartable: bool,
    interrupt: Option<Exit>,
    signals: VecDeque<Signal>,
    trapping: bool,
    /// Processes linked to this one; each has this one in its own list.
    links: Vec<Arc<dyn Peer>>,
    /// Processes that end with this one, whatever its reason; they do not have it in their lists.
    wards: Vec<Arc<dyn Peer>>,
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
    /// What is given back when the present life ends.
    at_end: Vec<AtEnd>,
}

/// Gives something back when a life ends: a name, a place in a group.
pub(crate) type AtEnd = Box<dyn FnOnce(ProcessRef) + Send>;

pub(crate) struct Control {
    pub(crate) name: &'static str,
    /// The process's number in its runtime; 0 until it is first started.
    number: AtomicU64,
    waker: AtomicWaker,
    /// The urgency of `interrupt`, or 0; read before every poll and every message.
    urgency: AtomicU8,
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

impl Control {
    pub(crate) fn new(name: &'static str, restartable: bool) -> Self {
        Self {
            name,
            number: AtomicU64::new(0),
            waker: AtomicWaker::new(),
            urgency: AtomicU8::new(0),
            state: Mutex::new(State {
                incarnation: 0,
                phase: Phase::Idle,
                latest_exit: Exit::NoProcess,
                restartable,
                interrupt: None,
                signals: VecDeque::new(),
                trapping: false,
                links: Vec::new(),
                wards: Vec::new(),
                watchers: BTreeMap::new(),
                next_watcher: 0,
                prune_at: PRUNE_FROM,
                awaiting_start: Vec::new(),
                watching: BTreeMap::new(),
                next_monitor: 0,
                at_end: Vec::new(),
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
        if matches!(state.phase, Phase::Running) {
            return None;
        }
        state.incarnation += 1;
        state.phase = Phase::Running;
        state.restartable = restartable;
        state.interrupt = None;
        state.trapping = false;
        self.urgency.store(0, Ordering::Release);
        let incarnation = state.incarnation;
        open(incarnation);
        let awaiting = std::mem::take(&mut state.awaiting_start);
        drop(state);
        for waiting in awaiting {
            // The other may have stopped waiting.
            let _ = waiting.send(());
        }
        Some(incarnation)
    }

    /// Whether it runs, may run again, or is over.
    pub(crate) fn life(&self) -> Life {
        let state = self.state.lock();
        match &state.phase {
            Phase::Running => Life::Running,
            _ if state.restartable => Life::Down,
            _ => Life::Over(state.latest_exit.clone()),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Running)
    }

    /// How the last life ended, and `None` while one goes on.
    pub(crate) fn last_exit(&self) -> Option<Exit> {
        let state = self.state.lock();
        match state.phase {
            Phase::Running => None,
            Phase::Idle | Phase::Ended => Some(state.latest_exit.clone()),
        }
    }

    /// Has `hook` called once, when the life `incarnation` has ended and before anybody is told. Gives the hook back
    /// where that life is over.
    #[allow(dead_code, reason = "the registry is its first user, and is being written")]
    pub(crate) fn at_end(&self, incarnation: u64, hook: AtEnd) -> Result<(), AtEnd> {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::Running) || state.incarnation != incarnation {
            return Err(hook);
        }
        state.at_end.push(hook);
        Ok(())
    }

    /// Nobody will start it again.
    pub(crate) fn settle(&self) {
        let mut state = self.state.lock();
        state.restartable = false;
        let told = std::mem::take(&mut state.awaiting_start);
        drop(state);
        // Being dropped is what tells them, outside the lock.
        drop(told);
    }

    /// Ready when a life begins, or when none will any more; `None` where that is settled already.
    pub(crate) fn await_start(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Running) || !state.restartable {
            return None;
        }
        state.awaiting_start.retain(|waiting| !waiting.is_canceled());
        let (sender, receiver) = oneshot::channel();
        state.awaiting_start.push(sender);
        Some(receiver)
    }

    /// The waker of the task that runs it. Stored before each poll looks for work, so that no wake is lost.
    pub(crate) fn waker(&self) -> &AtomicWaker {
        &self.waker
    }

    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.urgency.load(Ordering::Acquire) > 0
    }

    /// The reason to end at once, if there is one that is urgent enough.
    pub(crate) fn interrupted(&self, least: Urgency) -> Option<Exit> {
        if self.urgency.load(Ordering::Acquire) < least as u8 {
            return None;
        }
        self.state.lock().interrupt.clone()
    }

    pub(crate) fn next_signal(&self) -> Option<Signal> {
        self.state.lock().signals.pop_front()
    }

    pub(crate) fn trap_exits(&self, trapping: bool) {
        self.state.lock().trapping = trapping;
    }

    /// Asks it to end between two messages. The first reason counts, and only that one is kept, so that asking again
    /// and again does not fill the lane.
    pub(crate) fn stop(&self, exit: Exit) {
        let mut state = self.state.lock();
        let asked = state.signals.iter().any(|signal| matches!(signal, Signal::Stop(_)));
        if matches!(state.phase, Phase::Running) && !asked {
            state.signals.push_back(Signal::Stop(exit));
            drop(state);
            self.wake();
        }
    }

    /// Ends it at its next await.
    pub(crate) fn kill(&self) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Running) {
            self.interrupt(&mut state, Exit::Killed, Urgency::Kill);
            drop(state);
            self.wake();
        }
    }

    fn interrupt(&self, state: &mut State, exit: Exit, urgency: Urgency) {
        if self.urgency.load(Ordering::Acquire) < urgency as u8 {
            state.interrupt = Some(exit);
            self.urgency.store(urgency as u8, Ordering::Release);
        }
    }

    /// Asks whether the life `incarnation` outlives the message at hand: answers `None` if so, and otherwise why it
    /// ended.
    ///
    /// This is how the end of a caller's reply slot is told from the end of the process that held it: a handler drops
    /// the slot before its own end is known.
    pub(crate) async fn outlived_by(&self, incarnation: u64) -> Option<Exit> {
        let answer = {
            let mut state = self.state.lock();
            match &state.phase {
                Phase::Running if state.incarnation == incarnation => {
                    let (sender, receiver) = oneshot::channel();
                    state.signals.push_back(Signal::Probe(sender));
                    Ok(receiver)
                }
                // Of a life two restarts ago only the latest reason is left.
                _ => Err(state.latest_exit.clone()),
            }
        };
        match answer {
            Ok(receiver) => {
                self.wake();
                receiver.await.unwrap_or(Some(Exit::Killed))
            }
            Err(exit) => Some(exit),
        }
    }
}
