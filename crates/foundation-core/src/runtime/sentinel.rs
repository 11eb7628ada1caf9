//! Tells processes that have no task when the scheduler under them is torn down.
//!
//! A scheduler that is torn down drops its tasks, and each process ends as its task is dropped. One at rest has none, so
//! a task that ends with the runtime, if not before, is dropped for all of them.

use std::sync::{Arc, Weak};

use futures_channel::oneshot;

use super::{Inner, Runtime};
use crate::port::spawner::Spawner;

pub(super) struct Sentinel(Weak<Inner>);

impl Sentinel {
    /// Starts the task, and answers what ends it when it is dropped. A custom scheduler has none: it runs as long as
    /// its owner wants, and a simulation counts its tasks.
    pub(super) fn post(runtime: &Runtime) -> Option<oneshot::Sender<()>> {
        let spawner @ Spawner::Tokio(_) = runtime.spawner() else { return None };
        let sentinel = Self(Arc::downgrade(&runtime.inner));
        let (alive, over) = oneshot::channel();
        spawner.spawn("sentinel", async move {
            let _sentinel = sentinel;
            // Nothing is ever sent: the runtime is over when the other side is dropped.
            let _ = over.await;
        });
        Some(alive)
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
