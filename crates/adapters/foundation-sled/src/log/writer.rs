//! The one thread that writes the log.
//!
//! Group after group: judge each request against the state with the group's earlier ones, fill blocks, insert them,
//! sync the log's file, write and sync the anchor, publish, answer. After an error of any of these steps nobody
//! knows what is durable, and a second sync may answer "done" for pages that were lost; so the writer stops for good
//! and the folder has to be opened again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foundation_core::port::storage::{Appended, Sequence, StreamName};
use foundation_core::{Code, Error, Result};

use super::block::{Block, Builder, Link};
use super::frame;
use super::judge::{Heads, Verdict, judge};
use super::remembered::{Landed, Remembered};
use super::shared::{Reply, Request, Shared};
use crate::anchor::{Anchor, LogHead};
use crate::engine::Engine;

/// What the writer works with.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) engine: Arc<Engine>,
    pub(super) anchor: Anchor<LogHead>,
    pub(super) remembered: Remembered,
    pub(super) head: Link,
    pub(super) gather: Duration,
    pub(super) reclaim_blocks: u64,
    #[cfg(feature = "planted-bugs")]
    pub(super) plant: Option<crate::settings::Plant>,
}

/// A commit that is being made.
struct Draft {
    done: Vec<(Link, Bytes)>,
    builder: Builder,
    staged: HashMap<StreamName, u64>,
    replies: Vec<Reply>,
}

impl Draft {
    fn after(head: Link) -> Self {
        Self { done: Vec::new(), builder: Builder::after(head), staged: HashMap::new(), replies: Vec::new() }
    }

    fn make_room(&mut self, frame_bytes: usize) {
        if !self.builder.has_room(frame_bytes) {
            self.close_block();
        }
    }

    fn close_block(&mut self) {
        if self.builder.is_empty() {
            return;
        }
        // What stands here is replaced two lines below; a link to the origin is never written.
        let builder = std::mem::replace(&mut self.builder, Builder::after(Link::ORIGIN));
        let (link, bytes) = builder.finish();
        self.done.push((link, bytes.into()));
        self.builder = Builder::after(link);
    }
}

impl Writer {
    pub(super) fn run(mut self) {
        let mut expected = 1;
        while let Some(group) = self.shared.requests.take_group(expected, self.gather) {
            expected = group.len();
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Request>) {
        let mut draft = Draft::after(self.head);
        self.fill(&mut draft, group);
        draft.close_block();
        if draft.done.is_empty() {
            draft.replies.into_iter().for_each(Reply::send);
            return;
        }
        #[cfg(feature = "planted-bugs")]
        if self.plant == Some(crate::settings::Plant::AckBeforeWrite) {
            return self.commit_late(draft);
        }
        let shared = Arc::clone(&self.shared);
        *shared.replies.lock() = std::mem::take(&mut draft.replies);
        match shared.progress.commit(|| self.persist(&draft.done)) {
            Ok(()) => {
                self.publish(&draft);
                let replies = std::mem::take(&mut *shared.replies.lock());
                replies.into_iter().for_each(Reply::send);
                shared.progress.commit(|| self.reclaim());
            }
            Err(error) => self.stop(error),
        }
    }

    fn fill(&mut self, draft: &mut Draft, group: Vec<Request>) {
        if let Some(told) = self.shared.stopped() {
            group.into_iter().for_each(|request| request.fail(told));
            return;
        }
        let shared = Arc::clone(&self.shared);
        let published = shared.index.read();
        for request in group {
            match request {
                Request::Append { stream, batch, mut encoded, expect, reply } => {
                    let heads = Heads { published: &published, staged: &draft.staged };
                    let answer = match judge(&stream, batch, &expect, &heads, &self.remembered) {
                        Verdict::Known(appended) => Ok(appended),
                        Verdict::Refused(error) => Err(error),
                        Verdict::Append => {
                            draft.make_room(encoded.len());
                            let first = draft.builder.next_sequence();
                            let last = first + u64::from(encoded.events) - 1;
                            let block = draft.builder.number();
                            let events = encoded.events;
                            draft.builder.push(encoded.placed(first), events);
                            draft.staged.insert(stream, last);
                            self.remembered.insert(batch, Landed { first, last, block });
                            Ok(Appended { first: Sequence(first), last: Sequence(last), duplicate: false })
                        }
                    };
                    draft.replies.push(Reply::Append(reply, answer));
                }
                Request::Trim { stream, before, reply } => {
                    // Judged by what is published: events of this very group were appended after it.
                    let forgotten = published.streams.get(stream.as_str()).and_then(|index| index.forgets(before.0));
                    if let Some(forgotten) = forgotten {
                        let frame = frame::trim(&stream, forgotten);
                        draft.make_room(frame.len());
                        draft.builder.push(&frame, 0);
                    }
                    draft.replies.push(Reply::Trim(reply));
                }
            }
        }
    }

    /// Makes blocks durable: the log first, then the anchor that names its end.
    fn persist(&mut self, blocks: &[(Link, Bytes)]) -> Result<()> {
        let Some((last, _)) = blocks.last() else { return Ok(()) };
        for (link, bytes) in blocks {
            self.engine.insert(&link.number.to_be_bytes(), bytes)?;
        }
        self.engine.sync()?;
        let base = self.anchor.head().base;
        self.anchor.advance(LogHead { block: last.number, hash: last.hash, sequence: last.sequence, base })?;
        self.head = *last;
        Ok(())
    }

    /// Lets readers see the blocks.
    fn publish(&mut self, draft: &Draft) {
        self.shared.keep(draft.done.iter().map(|(link, bytes)| (link.number, bytes.clone())));
        let mut index = self.shared.index.write();
        for (_, bytes) in &draft.done {
            let added = Block::trusted(bytes).map(|block| index.add(&block, bytes.len(), |_, _, _| {}));
            debug_assert!(matches!(added, Some(Ok(()))), "a block that was just made can be read");
        }
        drop(index);
        self.shared.wake(draft.staged.keys());
    }

    fn stop(&mut self, error: Error) {
        let error = match error.code() {
            Code::ResourceExhausted => {
                error.advise("free some space, then close the store and open it again; reads go on until then")
            }
            _ => error.advise("close the store and open it again; reads go on until then"),
        };
        let error = error.during("the log stopped after a write that failed");
        self.shared.stop(&error);
        self.shared.fail_replies();
    }

    /// Deletes blocks at the beginning whose events are all forgotten, where that frees more than it writes.
    fn reclaim(&mut self) {
        let dead = self.shared.index.read().dead();
        if dead.blocks < self.reclaim_blocks.max(1) {
            return;
        }
        let batches = self.remembered.told_before(dead.base);
        if (batches.len() * frame::REMEMBER_BYTES) as u64 > dead.bytes / 4 {
            return;
        }
        if let Err(error) = self.move_base(dead.base, batches) {
            self.stop(error);
        }
    }

    /// Writes again what only the dead blocks say, then moves the base, then deletes them.
    fn move_base(&mut self, base: u64, batches: Vec<(foundation_core::port::storage::BatchId, Landed)>) -> Result<()> {
        let mut draft = Draft::after(self.head);
        for (batch, landed) in batches {
            draft.make_room(frame::REMEMBER_BYTES);
            let block = draft.builder.number();
            draft.builder.push(&frame::remember(batch, landed.first, landed.last), 0);
            self.remembered.insert(batch, Landed { block, ..landed });
        }
        let trims: Vec<Vec<u8>> = {
            let index = self.shared.index.read();
            let trims = index.trims_before(base);
            trims
                .filter_map(|(stream, forgotten)| Some(frame::trim(&StreamName::new(stream).ok()?, forgotten)))
                .collect()
        };
        for frame in trims {
            draft.make_room(frame.len());
            draft.builder.push(&frame, 0);
        }
        draft.close_block();
        self.persist(&draft.done)?;
        self.publish(&draft);
        let from = self.anchor.head().base;
        // Both slots: after one of them is damaged the other must not name blocks that are deleted now.
        self.anchor.advance(LogHead { base, ..self.anchor.head() })?;
        self.anchor.advance(LogHead { base, ..self.anchor.head() })?;
        self.shared.index.write().rebase(base);
        let mut batch = sled::Batch::default();
        for number in from.max(1)..base {
            batch.remove(&number.to_be_bytes());
        }
        // Not synced: what comes back after a crash lies before the base and is deleted at the next opening.
        self.engine.apply(batch)
    }

    #[cfg(feature = "planted-bugs")]
    #[expect(clippy::disallowed_methods, reason = "the fault is a late write, on a thread that may block")]
    fn commit_late(&mut self, mut draft: Draft) {
        self.publish(&draft);
        draft.replies.drain(..).for_each(Reply::send);
        std::thread::sleep(Duration::from_millis(20));
        if let Err(error) = self.persist(&draft.done) {
            self.stop(error);
        }
    }
}
