//! Tasks of a simulation, and the draw of which one takes the next step.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::Monotonic;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::spawner::{CustomSpawner, panic_message};
use parking_lot::Mutex;

/// The stream of a seed that the order of steps is drawn from.
const ORDER_STREAM: u64 = crate::entropy::ENTROPY_STREAM - 1;

/// So many steps at one point of time are taken for a task that wakes itself for ever: about a minute of computing
/// without optimization, and far more than any test takes.
const STEP_LIMIT: u64 = 10_000_000;

/// What takes the next step.
pub(super) enum Next {
    /// The future that `block_on` was given.
    Root,
    /// A spawned task.
    Task(Arc<Task>),
}

/// The tasks of one world.
pub(super) struct Scheduler {
    seed: u64,
    step_limit: AtomicU64,
    state: Mutex<State>,
    /// Shared with the root's wakers.
    root_queued: AtomicBool,
    this: Weak<Scheduler>,
}

struct State {
    random: RandomStream,
    /// What can run; `None` stands for the root.
    ready: Vec<Option<Arc<Task>>>,
    /// Every task that has not ended, by its number.
    living: BTreeMap<u64, Arc<Task>>,
    started: u64,
    steps_at_this_time: u64,
    now: Monotonic,
    fingerprint: u64,
    panics: Vec<(&'static str, String)>,
    in_turn: bool,
    closed: bool,
}

/// One spawned future.
pub(super) struct Task {
    number: u64,
    name: &'static str,
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    queued: AtomicBool,
    scheduler: Weak<Scheduler>,
}

/// Says that somebody runs the world, until it is dropped.
pub(super) struct Turn<'a>(&'a Scheduler);

impl Scheduler {
    pub(super) fn new(seed: u64) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            seed,
            step_limit: AtomicU64::new(STEP_LIMIT),
            state: Mutex::new(State {
                random: RandomStream::new(seed, ORDER_STREAM),
                ready: Vec::new(),
                living: BTreeMap::new(),
                started: 0,
                steps_at_this_time: 0,
                now: Monotonic(0),
                fingerprint: 0xcbf2_9ce4_8422_2325,
                panics: Vec::new(),
                in_turn: false,
                closed: false,
            }),
            root_queued: AtomicBool::new(false),
            this: this.clone(),
        })
    }

    pub(super) fn set_step_limit(&self, steps: u64) {
        self.step_limit.store(steps, Ordering::Relaxed);
    }

    /// Begins to run the world.
    ///
    /// # Panics
    /// Where it runs already.
    pub(super) fn begin(&self) -> Turn<'_> {
        let mut state = self.state.lock();
        let already = std::mem::replace(&mut state.in_turn, true);
        drop(state);
        assert!(!already, "this simulation runs already (seed {}): await instead of blocking on it", self.seed);
        Turn(self)
    }

    pub(super) fn root_waker(&self) -> Waker {
        Waker::from(Arc::new(RootWaker(self.this.clone())))
    }

    /// Draws what takes the next step; `None` where nothing can.
    ///
    /// # Panics
    /// After too many steps at one point of time.
    pub(super) fn next(&self) -> Option<Next> {
        let mut state = self.state.lock();
        let count = u32::try_from(state.ready.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return None;
        }
        // One draw for each step, also where there is no choice: a step more or less elsewhere then shows.
        let chosen = state.random.below(count) as usize;
        let next = state.ready.swap_remove(chosen);
        state.steps_at_this_time += 1;
        let most = self.step_limit.load(Ordering::Relaxed);
        if state.steps_at_this_time > most {
            let (now, names) = (state.now, state.names());
            drop(state);
            panic!("{most} steps at {now:?}: something wakes itself for ever (seed {}); tasks: {names:?}", self.seed);
        }
        let number = next.as_ref().map_or(0, |task| task.number);
        let now = state.now;
        state.mix(number);
        state.mix(now.0);
        Some(match next {
            None => {
                self.root_queued.store(false, Ordering::Release);
                Next::Root
            }
            Some(task) => {
                task.queued.store(false, Ordering::Release);
                Next::Task(task)
            }
        })
    }

    pub(super) fn time_moved(&self, now: Monotonic) {
        let mut state = self.state.lock();
        state.now = now;
        state.steps_at_this_time = 0;
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.state.lock().fingerprint
    }

    pub(super) fn panics(&self) -> Vec<(&'static str, String)> {
        self.state.lock().panics.clone()
    }

    pub(super) fn tasks(&self) -> Vec<&'static str> {
        self.state.lock().names()
    }

    /// Drops every task. Tasks hold the spawner that holds the scheduler, so nobody else would.
    pub(super) fn close(&self) {
        let (living, ready) = {
            let mut state = self.state.lock();
            state.closed = true;
            (std::mem::take(&mut state.living), std::mem::take(&mut state.ready))
        };
        drop(ready);
        for task in living.into_values() {
            let future = task.future.lock().take();
            // A destructor that panics must not keep the others from running.
            drop(catch_unwind(AssertUnwindSafe(|| drop(future))));
        }
    }

    fn start(&self, name: &'static str, future: BoxFuture<'static, ()>) {
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            drop(future);
            return;
        }
        state.started += 1;
        let number = state.started;
        let task = Arc::new(Task {
            number,
            name,
            future: Mutex::new(Some(future)),
            queued: AtomicBool::new(true),
            scheduler: self.this.clone(),
        });
        state.living.insert(number, Arc::clone(&task));
        state.ready.push(Some(task));
    }
}

impl State {
    fn names(&self) -> Vec<&'static str> {
        self.living.values().map(|task| task.name).collect()
    }

    /// FNV-1a over the bytes of `value`.
    fn mix(&mut self, value: u64) {
        for byte in value.to_le_bytes() {
            self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl Task {
    /// Polls the future once. A panic ends this task only.
    pub(super) fn step(self: Arc<Self>) {
        // Taken out, so that a task that is woken while it runs finds no lock held.
        let Some(mut future) = self.future.lock().take() else { return };
        let waker = Waker::from(Arc::clone(&self));
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let is_done = future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            if is_done {
                drop(future);
                return None;
            }
            Some(future)
        }));
        let Some(scheduler) = self.scheduler.upgrade() else { return };
        match polled {
            Ok(Some(future)) => {
                let state = scheduler.state.lock();
                if state.closed {
                    drop(state);
                    drop(future);
                } else {
                    *self.future.lock() = Some(future);
                    drop(state);
                }
            }
            Ok(None) => drop(scheduler.state.lock().living.remove(&self.number)),
            Err(panic) => {
                let mut state = scheduler.state.lock();
                state.panics.push((self.name, panic_message(panic.as_ref())));
                state.living.remove(&self.number);
            }
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let Some(scheduler) = self.scheduler.upgrade() else { return };
        let mut state = scheduler.state.lock();
        if !self.queued.swap(true, Ordering::AcqRel) && state.living.contains_key(&self.number) {
            state.ready.push(Some(self));
        }
    }
}

struct RootWaker(Weak<Scheduler>);

impl Wake for RootWaker {
    fn wake(self: Arc<Self>) {
        let Some(scheduler) = self.0.upgrade() else { return };
        let mut state = scheduler.state.lock();
        if !scheduler.root_queued.swap(true, Ordering::AcqRel) {
            state.ready.push(None);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().in_turn = false;
    }
}

impl CustomSpawner for Scheduler {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.start(name, task);
    }

    fn spawn_blocking(&self, name: &'static str, work: Box<dyn FnOnce() + Send>) {
        self.start(name, Box::pin(async move { work() }));
    }

    /// In place, as a task of one step: so one seed is one run, and the work's own time is what it moves the clock by.
    fn spawn_thread(&self, name: &'static str, work: Box<dyn FnOnce() + Send>) -> std::io::Result<()> {
        self.start(name, Box::pin(async move { work() }));
        Ok(())
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulationSpawner").field("seed", &self.seed).finish_non_exhaustive()
    }
}
