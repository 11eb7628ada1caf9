//! Tells processes that have no task when the scheduler under them is torn down.
//!
//! A scheduler that is torn down drops its tasks, and each process ends as its task is dropped. One at rest has none, so
//! a task that never ends is dropped for all of them.

use std::sync::{Arc, Weak};

use super::{Inner, Runtime};
use crate::port::spawner::Spawner;

pub(super) struct Sentinel(Weak<Inner>);

impl Sentinel {
    /// Starts the task. A custom scheduler has none: it runs as long as its owner wants, and a simulation counts its
    /// tasks.
    pub(super) fn post(runtime: &Runtime) {
        if let spawner @ Spawner::Tokio(_) = runtime.spawner() {
            let sentinel = Self(Arc::downgrade(&runtime.inner));
            spawner.spawn("sentinel", async move {
                let _sentinel = sentinel;
                std::future::pending().await
            });
        }
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let Some(inner) = self.0.upgrade() else { return };
        // A kill gives each a task, which the scheduler drops at once.
        for process in inner.table.all().0 {
            process.control().kill();
        }
    }
}
