//! What the key-value writer, its readers and its callers share.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use foundation_core::port::storage::{Bucket, Revision, Write};
use foundation_core::{Error, Result};
use futures_channel::oneshot;
use parking_lot::RwLock;

use super::state::State;
use crate::failure::{Told, closed};
use crate::queue::Queue;

/// What the writer is asked.
#[derive(Debug)]
pub(super) enum Request {
    Commit {
        bucket: Bucket,
        writes: Vec<Write>,
        reply: oneshot::Sender<Result<Vec<Revision>>>,
    },
    /// Remove what is over; a watch asks when it sees that something is.
    Sweep,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) requests: Queue<Request>,
    /// What is durable.
    pub(super) state: RwLock<State>,
    /// The last revision that was given out, also to deletes that found nothing.
    pub(super) given: AtomicU64,
    stopped: OnceLock<Told>,
}

impl Shared {
    pub(super) fn new(state: State, given: u64) -> Self {
        Self {
            requests: Queue::new(),
            given: AtomicU64::new(given),
            state: RwLock::new(state),
            stopped: OnceLock::new(),
        }
    }

    /// Why the writer stopped, once it did.
    pub(super) fn stopped(&self) -> Option<&Told> {
        self.stopped.get()
    }

    pub(super) fn stop(&self, why: &Error) {
        // Only the first reason counts.
        let _ = self.stopped.set(Told::new(why));
        self.state.write().wake_all();
    }

    pub(super) fn close(&self) {
        self.requests.close();
        self.stop(&closed("use the key-value store"));
    }
}
