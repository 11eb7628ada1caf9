//! What the log's writer, its readers and its callers share.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;
use foundation_core::port::storage::{Appended, BatchId, Expect, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use futures_channel::oneshot;
use parking_lot::{Mutex, RwLock};

use super::frame::EncodedBatch;
use super::index::{Index, Plan};
use super::recent::Recent;
use crate::failure::{Told, closed};
use crate::queue::Queue;
use crate::stall::{Progress, stalled};

/// What the writer is asked.
#[derive(Debug)]
pub(super) enum Request {
    Append {
        stream: StreamName,
        batch: BatchId,
        encoded: EncodedBatch,
        expect: Expect,
        reply: oneshot::Sender<Result<Appended>>,
    },
    Trim {
        stream: StreamName,
        before: Sequence,
        reply: oneshot::Sender<Result<()>>,
    },
}

/// An answer that waits until the commit is durable.
#[derive(Debug)]
pub(super) enum Reply {
    Append(oneshot::Sender<Result<Appended>>, Result<Appended>),
    Trim(oneshot::Sender<Result<()>>),
}

impl Reply {
    // Whoever asked may be gone; then the answer has no other use.
    pub(super) fn send(self) {
        match self {
            Self::Append(caller, answer) => drop(caller.send(answer)),
            Self::Trim(caller) => drop(caller.send(Ok(()))),
        }
    }

    pub(super) fn fail(self, code: Code, told: &Told) {
        match self {
            Self::Append(caller, _) => drop(caller.send(Err(told.again(code, "append")))),
            Self::Trim(caller) => drop(caller.send(Err(told.again(code, "trim")))),
        }
    }
}

impl Request {
    pub(super) fn fail(self, told: &Told) {
        match self {
            Self::Append { reply, .. } => drop(reply.send(Err(told.again(told.code, "append")))),
            Self::Trim { reply, .. } => drop(reply.send(Err(told.again(told.code, "trim")))),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) requests: Queue<Request>,
    /// What is durable; whatever stands here may be read.
    pub(super) index: RwLock<Index>,
    pub(super) recent: Mutex<Recent>,
    /// Answers of the commit that is under way.
    pub(super) replies: Mutex<Vec<Reply>>,
    pub(super) progress: Progress,
    /// Subscribers that have read everything, by stream.
    waiting: Mutex<HashMap<Box<str>, Vec<oneshot::Sender<()>>>>,
    /// Why the writer stopped, once it did.
    stopped: OnceLock<Told>,
}

/// What a subscriber finds.
#[derive(Debug)]
pub(super) enum Next {
    /// This can be done at once.
    Ready(Plan),
    /// There is nothing; this resolves when there may be.
    Later(oneshot::Receiver<()>),
}

impl Shared {
    pub(super) fn new(index: Index) -> Self {
        Self {
            requests: Queue::new(),
            index: RwLock::new(index),
            recent: Mutex::new(Recent::default()),
            replies: Mutex::new(Vec::new()),
            progress: Progress::default(),
            waiting: Mutex::new(HashMap::new()),
            stopped: OnceLock::new(),
        }
    }

    /// Why the writer stopped.
    pub(super) fn stopped(&self) -> Option<&Told> {
        self.stopped.get()
    }

    /// Writes down why the writer stops, and wakes every subscriber to be told.
    pub(super) fn stop(&self, why: &Error) {
        // Only the first reason counts.
        let _ = self.stopped.set(Told::new(why));
        self.waiting.lock().clear();
    }

    /// Answers the commit that is under way and that nobody waits for any more: it may have reached the disk, so
    /// nobody may say that it did not. A full disk is told as such, because that is what the caller can do something
    /// about; its batch id makes trying again safe.
    pub(super) fn fail_replies(&self) {
        let replies = std::mem::take(&mut *self.replies.lock());
        let Some(told) = self.stopped() else { return };
        let code = match told.code {
            Code::ResourceExhausted => Code::ResourceExhausted,
            _ => Code::OutcomeUnknown,
        };
        replies.into_iter().for_each(|reply| reply.fail(code, told));
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

    /// Takes no more requests and wakes every subscriber to be told.
    pub(super) fn close(&self) {
        self.requests.close();
        let _ = self.stopped.set(Told::new(&closed("use the log")));
        self.waiting.lock().clear();
    }

    /// What comes next for a subscriber. Looked up and registered under one lock, so no event is missed between.
    pub(super) fn next(&self, stream: &StreamName, next: u64) -> Next {
        let index = self.index.read();
        match index.plan(stream.as_str(), next, u64::MAX) {
            Plan::Nothing => {
                let (sender, receiver) = oneshot::channel();
                let mut waiting = self.waiting.lock();
                let here = waiting.entry(stream.as_str().into()).or_default();
                // Subscribers that went away are dropped now and then, not with every registration.
                if here.len() >= 16 && here.len().is_power_of_two() {
                    here.retain(|sender| !sender.is_canceled());
                }
                here.push(sender);
                Next::Later(receiver)
            }
            plan => Next::Ready(plan),
        }
    }

    /// Wakes the subscribers of streams that have new events.
    pub(super) fn wake<'a>(&self, streams: impl Iterator<Item = &'a StreamName>) {
        let mut waiting = self.waiting.lock();
        if waiting.is_empty() {
            return;
        }
        for stream in streams {
            for subscriber in waiting.remove(stream.as_str()).unwrap_or_default() {
                // It may be gone; then nobody waits.
                let _ = subscriber.send(());
            }
        }
    }

    /// Keeps the blocks of a commit at hand.
    pub(super) fn keep(&self, blocks: impl Iterator<Item = (u64, Bytes)>) {
        let mut recent = self.recent.lock();
        for (number, block) in blocks {
            recent.push(number, block);
        }
    }
}
