//! Waiting for the end of a process.

use std::fmt;
use std::task::{Context, Poll, Waker};

use foundation_core::event::ProcessRef;
use foundation_core::port::BoxFuture;
use foundation_core::port::clock::Clock as _;
use foundation_core::{Address, Exit};
use foundation_memory::Simulation;

use super::{PATIENCE, report, run_until};

/// Watches one life of a process, from the moment it was made.
pub struct Watch<'w> {
    world: &'w Simulation,
    name: &'static str,
    process: ProcessRef,
    ended: Option<Exit>,
    wait: BoxFuture<'static, Exit>,
}

impl<'w> Watch<'w> {
    pub(super) fn new<N: Send + 'static>(world: &'w Simulation, process: &Address<N>) -> Self {
        let own = process.clone();
        let mut watch = Self {
            world,
            name: process.name(),
            process: process.process_ref(),
            ended: None,
            wait: Box::pin(async move { own.exited().await }),
        };
        // The first look begins the watch; from here on no end is missed.
        watch.look();
        watch
    }

    /// Which process, and which life of it.
    #[must_use]
    pub fn process(&self) -> ProcessRef {
        self.process
    }

    /// Waits for the end of that life and answers why it ended.
    ///
    /// # Panics
    /// Where it lives on: for [`PATIENCE`], or when nothing can happen any more.
    #[track_caller]
    pub fn expect_down(&mut self) -> Exit {
        let (world, limit) = (self.world, self.world.clock().now() + PATIENCE);
        run_until(world, limit, || self.look());
        match &self.ended {
            Some(exit) => exit.clone(),
            None => panic!("{}", report::of_watch(self.world, self.name, self.process, None)),
        }
    }

    /// Runs what can run now, and then that life must still go on.
    ///
    /// # Panics
    /// Where it has ended.
    #[track_caller]
    pub fn expect_alive(&mut self) {
        self.world.run_until_idle();
        if self.look() {
            panic!("{}", report::of_watch(self.world, self.name, self.process, self.ended.as_ref()));
        }
    }

    /// Whether it has ended.
    fn look(&mut self) -> bool {
        if self.ended.is_none()
            && let Poll::Ready(exit) = self.wait.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.ended = Some(exit);
        }
        self.ended.is_some()
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("process", &self.process).field("ended", &self.ended).finish_non_exhaustive()
    }
}
