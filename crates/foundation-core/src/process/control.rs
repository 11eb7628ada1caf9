//! The control lane and the life of a process: which incarnation runs, who asked it to end, who wants to hear of it.
//!
//! It knows nothing of messages, so that links, monitors and supervisors can hold processes of any kind. No two of
//! its locks are ever held at once; a mailbox's may be taken under the one of its own process, never the other way
//! round.
//!
//! One word of flags says whether there is anything to see, so that between two messages a process looks at nothing
//! else. What few processes have (relations, signals that wait) stands in a box that is made when it is first needed.

mod at_end;

mod lane;

mod latest;

mod pause;

pub(crate) mod relations;

mod stance;

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use super::short_lock::ShortLock;
use futures_channel::oneshot;

use super::Exit;
use super::mailbox::Tally;
use super::run::{BoxLife, Started};
use crate::diagnosis::ProcessInfo;
use crate::event::ProcessRef;

use lane::flag;
use latest::Latest;

pub(crate) use at_end::{AtEnd, Hook};
pub(crate) use lane::Urgency;
pub(crate) use pause::Draining;
pub(crate) use stance::Stance;

/// Names a monitor among those of the process that set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonitorId(pub(crate) u64);

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
pub(crate) trait Peer: Any + Send + Sync {
    fn control(&self) -> &Control;
    fn mailbox_len(&self) -> usize;
    fn tally(&self) -> (Tally, u64);
    /// What it does now.
    fn look(&self) -> ProcessInfo;
}

/// What starts processes and ends with them left alone by nobody: it hears of the end of each, and each of its own.
pub(crate) trait Parent: Send + Sync {
    /// The child that was started under `key` ended, and all others who want to know were told. Answers whom to wake
    /// when nothing is left to do for this end.
    fn child_ended(&self, key: u64, process: ProcessRef, exit: &Exit) -> Option<Woken>;

    /// Takes a life that lay at rest when it was killed, to end it in the parent's own time: a task that is made only to
    /// end in costs more than the end. Gives it back where the parent may not come to it soon.
    fn take_dead(&self, life: BoxLife) -> Result<(), BoxLife> {
        Err(life)
    }

    /// The supervisor ended: its children end now, whatever they say.
    fn parent_ended(&self, process: ProcessRef, exit: &Exit);
}

/// Who is woken at the very end of another's end: it may go on on another thread at once, and should find it done.
pub(crate) enum Woken {
    Task(Waker),
    Process(Arc<dyn Peer>),
}

impl Woken {
    pub(crate) fn wake(self) {
        match self {
            Self::Task(waker) => waker.wake(),
            Self::Process(peer) => peer.control().wake(),
        }
    }
}

/// A child's parent, and what the parent knows it by.
pub(crate) type ParentLink = (Arc<dyn Parent>, u64);

/// What stands in the control lane.
pub(crate) enum Signal {
    Stop(Exit),
    Notice(Notice),
    /// Answered between two messages, or with the reason when the process ends first.
    Probe(oneshot::Sender<Option<Exit>>),
    /// A child that was killed at rest, for its supervisor to end.
    Dead(BoxLife),
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

struct State {
    incarnation: u64,
    phase: Phase,
    /// A supervisor may start it again.
    restartable: bool,
    trapping: bool,
    /// It ends children that were killed at rest.
    takes_dead: bool,
    /// How the latest life that ended did; kept while the next one goes on.
    latest: Latest,
    /// The reason of that end, where it was not a common one.
    other_exit: Option<Box<Exit>>,
    /// The life itself, while it waits for mail and has no task yet.
    rest: Option<BoxLife>,
    /// Who started the present life, where that is a supervisor. It stays when the life ends, until the next begins.
    parent: Option<ParentLink>,
    /// What is given back when the present life ends: the latest such thing.
    at_end: Option<at_end::Newest>,
    more: Option<Box<More>>,
}

/// What few processes have.
#[derive(Default)]
struct More {
    interrupt: Option<Exit>,
    /// What is given back when the present life ends, beyond the latest.
    at_end: at_end::Earlier,
    signals: VecDeque<Signal>,
    /// Processes linked to this one, by their cell; each has this one in its own.
    links: BTreeMap<usize, Arc<dyn Peer>>,
    /// What ends with this one, whatever its reason: the children of a supervisor.
    brood: Option<Arc<dyn Parent>>,
    /// How to wake the task of a life that is not the first, or that has another task for each burst of work.
    waker: Option<Waker>,
    /// Told when `init` is done; dropped after the end is recorded.
    starting: Option<oneshot::Sender<()>>,
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
    /// Its place in the runtime's table.
    slot: AtomicU32,
    /// What its code does now; [`Stance`]. Only the one who steps it writes it.
    stance: AtomicU8,
    /// The waker of the first life: a task has one waker all its life, and most processes have one life. It stays when
    /// that life is over and is not used any more ([`flag::WAKER_ELSEWHERE`]).
    waker: OnceLock<Waker>,
    state: ShortLock<State>,
}

/// What a life begins with.
pub(crate) struct LifeStart {
    /// Somebody may start it again when it has ended.
    pub(crate) restartable: bool,
    /// The supervisor that starts it.
    pub(crate) parent: Option<ParentLink>,
}

impl LifeStart {
    /// Nobody supervises it.
    pub(crate) const ALONE: Self = Self { restartable: false, parent: None };
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
            slot: AtomicU32::new(0),
            stance: AtomicU8::new(Stance::Waits as u8),
            waker: OnceLock::new(),
            state: ShortLock::new(State {
                incarnation: 0,
                phase: Phase::Idle,
                restartable,
                trapping: false,
                takes_dead: false,
                latest: Latest::None,
                other_exit: None,
                rest: None,
                parent: None,
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

    /// Its place in the runtime's table.
    pub(crate) fn slot(&self) -> u32 {
        self.slot.load(Ordering::Acquire)
    }

    pub(crate) fn set_number(&self, number: u64, slot: u32) {
        self.slot.store(slot, Ordering::Release);
        self.number.store(number, Ordering::Release);
    }

    /// Begins a life; `None` while one goes on. `in_place`: calls may run it where they are made. `open` opens its
    /// mailbox, so that nobody sees it run and refuse mail.
    pub(crate) fn begin(&self, start: LifeStart, in_place: bool, open: impl FnOnce(u64)) -> Option<u64> {
        let LifeStart { restartable, parent } = start;
        let mut state = self.state.lock();
        if state.running() {
            return None;
        }
        state.incarnation += 1;
        state.phase = Phase::Running;
        state.restartable = restartable;
        state.trapping = false;
        state.takes_dead = false;
        let former = std::mem::replace(&mut state.parent, parent);
        self.flags.store(
            match in_place {
                true => flag::WAKER_ELSEWHERE | flag::IN_PLACE,
                false if state.incarnation > 1 => flag::WAKER_ELSEWHERE,
                false => 0,
            },
            Ordering::Release,
        );
        self.memory.store(0, Ordering::Relaxed);
        self.set_stance(Stance::Waits);
        let incarnation = state.incarnation;
        open(incarnation);
        let awaiting = state.more.as_mut().map(|more| {
            more.interrupt = None;
            std::mem::take(&mut more.awaiting_start)
        });
        drop(state);
        drop(former);
        for waiting in awaiting.into_iter().flatten() {
            // The other may have stopped waiting.
            let _ = waiting.send(());
        }
        Some(incarnation)
    }

    /// How far the present life has come.
    pub(crate) fn how_started(&self) -> Started {
        if self.flags.load(Ordering::Acquire) & flag::UP != 0 {
            return Started::Up;
        }
        // Whoever asks is the only one who can run it yet, so `init` is not done meanwhile.
        let (sender, receiver) = oneshot::channel();
        self.state.lock().more().starting = Some(sender);
        self.flags.fetch_or(flag::AWAITED, Ordering::AcqRel);
        Started::Pending(receiver)
    }

    /// Whether the `init` of its present or latest life was done.
    pub(crate) fn is_initialised(&self) -> bool {
        self.flags.load(Ordering::Acquire) & flag::UP != 0
    }

    /// `init` is done.
    pub(crate) fn initialised(&self) {
        if self.flags.fetch_or(flag::UP, Ordering::AcqRel) & flag::AWAITED == 0 {
            return;
        }
        let starting = self.state.lock().more().starting.take();
        if let Some(starting) = starting {
            // Whoever started it may have stopped waiting.
            let _ = starting.send(());
        }
    }

    /// What the parent `parent` knows it by, where that one started its present or latest life.
    pub(crate) fn key_under(&self, parent: &Arc<impl Parent + 'static>) -> Option<u64> {
        let state = self.state.lock();
        let (own, key) = state.parent.as_ref()?;
        std::ptr::addr_eq(Arc::as_ptr(own), Arc::as_ptr(parent)).then_some(*key)
    }

    /// Has `brood` end with it.
    pub(crate) fn set_brood(&self, brood: Arc<dyn Parent>) {
        self.state.lock().more().brood = Some(brood);
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

    /// Bytes that the process has told of as its own, in its present life.
    pub(crate) fn memory(&self) -> i64 {
        self.memory.load(Ordering::Relaxed)
    }

    pub(crate) fn account_memory(&self, bytes: i64) {
        self.memory.fetch_add(bytes, Ordering::Relaxed);
    }
}
