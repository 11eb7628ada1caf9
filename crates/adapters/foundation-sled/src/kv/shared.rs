//! What the key-value writer, its readers and its callers share.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use foundation_core::port::storage::{Bucket, Revision, Write};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;
use parking_lot::{Mutex, RwLock};

use super::state::State;
use crate::failure::{Told, closed};
use crate::queue::Queue;
use crate::stall::{Progress, stalled};

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

/// An answer that waits until the commit is durable, and whoever waits for it.
pub(super) type Reply = (oneshot::Sender<Result<Vec<Revision>>>, Result<Vec<Revision>>);

impl Request {
    pub(super) fn fail(self, told: &Told) {
        if let Self::Commit { reply, .. } = self {
            // The caller may be gone.
            let _ = reply.send(Err(told.again(told.code, "write")));
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) requests: Queue<Request>,
    /// What is durable.
    pub(super) state: RwLock<State>,
    /// The last revision that was given out, also to deletes that found nothing.
    pub(super) given: AtomicU64,
    /// Answers of the commit that is under way.
    pub(super) replies: Mutex<Vec<Reply>>,
    pub(super) progress: Progress,
    stopped: OnceLock<Told>,
}

impl Shared {
    pub(super) fn new(state: State, given: u64) -> Self {
        Self {
            requests: Queue::new(),
            given: AtomicU64::new(given),
            state: RwLock::new(state),
            replies: Mutex::new(Vec::new()),
            progress: Progress::default(),
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

    /// Answers the commit that is under way: it may have reached the disk, so nobody may say that it did not.
    pub(super) fn fail_replies(&self) {
        let replies = std::mem::take(&mut *self.replies.lock());
        let Some(told) = self.stopped() else { return };
        for (caller, _) in replies {
            let _ = caller.send(Err(told.again(Code::OutcomeUnknown, "write")));
        }
    }

    /// Answers everybody who waits for a writer that hangs.
    pub(super) fn abandon(&self) {
        self.stop(&stalled());
        self.fail_replies();
        let requests = self.requests.abandon();
        if let Some(told) = self.stopped() {
            requests.into_iter().for_each(|request| request.fail(told));
        }
    }

    /// Why a request is not taken.
    pub(super) fn refusal(&self, operation: &str) -> Error {
        self.stopped().map_or_else(|| closed(operation), |told| told.again(told.code, operation))
    }

    pub(super) fn close(&self) {
        self.requests.close();
        self.stop(&closed("use the key-value store"));
    }
}
