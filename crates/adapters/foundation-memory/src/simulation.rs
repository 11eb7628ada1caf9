//! A whole world on one thread: virtual time, seeded chance, and tasks in an order that the seed draws.

mod scheduler;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock as _;

use crate::clock::VirtualClock;
use crate::entropy::SeededEntropy;
use scheduler::{Next, Scheduler};

/// A deterministic world.
///
/// Everything runs on the thread that calls [`block_on`](Self::block_on): what runs next is drawn from the seed among
/// what can run, and when nothing can, time jumps to the next timer. As long as no other thread wakes a task, the same
/// seed gives the same run; a failure is found again by its seed.
///
/// Dropping the world drops every task that has not ended, where it stands.
pub struct Simulation {
    clock: Arc<VirtualClock>,
    entropy: Arc<SeededEntropy>,
    scheduler: Arc<Scheduler>,
}

impl Simulation {
    /// A world that `seed` names.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            clock: Arc::new(VirtualClock::new()),
            entropy: Arc::new(SeededEntropy::new(seed)),
            scheduler: Scheduler::new(seed),
        }
    }

    /// Takes more than `steps` steps at one point of time for a task that wakes itself for ever; the default is
    /// 10 million, about a minute of computing without optimization.
    #[must_use]
    pub fn with_step_limit(self, steps: u64) -> Self {
        self.scheduler.set_step_limit(steps);
        self
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.entropy.seed()
    }

    /// The world's time.
    #[must_use]
    pub fn clock(&self) -> Arc<VirtualClock> {
        Arc::clone(&self.clock)
    }

    /// The world's chance.
    #[must_use]
    pub fn entropy(&self) -> Arc<SeededEntropy> {
        Arc::clone(&self.entropy)
    }

    /// Starts tasks in this world. Work that blocks, or wants a thread of its own, runs in
    /// place, as a task of one step.
    #[must_use]
    pub fn spawner(&self) -> Spawner {
        Spawner::Custom(Arc::clone(&self.scheduler) as _)
    }

    /// Runs the world until `future` is done, and answers what it answers. Tasks that have not ended by then stand
    /// still until the next call.
    ///
    /// # Panics
    /// - Where nothing can run and no timer is set, so that `future` will never be done. The message names the seed and
    ///   the tasks that wait.
    /// - After too many steps at one point of time: something wakes itself for ever
    ///   ([`with_step_limit`](Self::with_step_limit)).
    /// - When called from a task of the same world.
    /// - Where `future` itself panics.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let _turn = self.scheduler.begin();
        let waker = self.scheduler.root_waker();
        waker.wake_by_ref();
        loop {
            match self.scheduler.next() {
                Some(Next::Root) => {
                    if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return value;
                    }
                }
                Some(Next::Task(task)) => task.step(),
                None => self.jump(),
            }
        }
    }

    /// Runs what can run now, without moving time.
    ///
    /// # Panics
    /// As [`block_on`](Self::block_on), but not when nothing can run.
    pub fn run_until_idle(&self) {
        let _turn = self.scheduler.begin();
        while let Some(next) = self.scheduler.next() {
            if let Next::Task(task) = next {
                task.step();
            }
        }
    }

    /// Moves time by `span` and runs what becomes due on the way, each at its time.
    ///
    /// # Panics
    /// As [`run_until_idle`](Self::run_until_idle).
    pub fn advance(&self, span: Duration) {
        let end = self.clock.now() + span;
        self.run_until_idle();
        while let Some(next) = self.clock.next_deadline().filter(|next| *next <= end) {
            self.advance_clock(next);
            self.run_until_idle();
        }
        self.advance_clock(end);
        self.run_until_idle();
    }

    /// A digest of the run so far: which task took a step, in what order, and at what time. Two runs with one
    /// fingerprint took the same steps.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.scheduler.fingerprint()
    }

    /// The tasks that ended in a panic: name and message, in order.
    #[must_use]
    pub fn panics(&self) -> Vec<(&'static str, String)> {
        self.scheduler.panics()
    }

    /// The names of the tasks that have not ended, in the order in which they were started.
    #[must_use]
    pub fn tasks(&self) -> Vec<&'static str> {
        self.scheduler.tasks()
    }

    fn jump(&self) {
        match self.clock.next_deadline() {
            Some(next) => self.advance_clock(next),
            None => panic!(
                "nothing can run and no timer is set, so the simulation would wait for ever (seed {}, time {:?}); \
                 tasks that wait: {:?}",
                self.seed(),
                self.clock.now(),
                self.tasks(),
            ),
        }
    }

    fn advance_clock(&self, point: foundation_core::port::clock::Monotonic) {
        self.clock.advance_to(point);
        self.scheduler.time_moved(self.clock.now());
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.scheduler.close();
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("seed", &self.seed())
            .field("now", &self.clock.now())
            .field("tasks", &self.tasks())
            .finish()
    }
}

#[cfg(test)]
mod tests;
