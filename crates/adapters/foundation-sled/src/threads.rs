//! Threads that end together, waited for only so long.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use foundation_core::Result;

use crate::guard::start;

/// Some threads; each ends by itself once its queue is closed.
#[derive(Debug)]
pub(crate) struct Threads {
    /// Dropped by each thread at its end; nothing is ever sent.
    alive: Option<Sender<()>>,
    ended: Receiver<()>,
}

impl Threads {
    pub(crate) fn new() -> Self {
        let (alive, ended) = mpsc::channel();
        Self { alive: Some(alive), ended }
    }

    pub(crate) fn start(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let alive = self.alive.clone();
        start(name, move || {
            work();
            drop(alive);
        })
        .map(drop)
    }

    /// Waits until all have ended; answers whether they did within `limit`.
    pub(crate) fn join(&mut self, limit: Duration) -> bool {
        self.alive = None;
        !matches!(self.ended.recv_timeout(limit), Err(RecvTimeoutError::Timeout))
    }
}
