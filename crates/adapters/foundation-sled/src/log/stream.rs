//! What `read` and `subscribe` hand out: a place in a stream that goes on when it is polled.

use std::collections::VecDeque;
use std::sync::Arc;

use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Recorded, StreamName};
use foundation_core::{Code, Error, Result};
use futures_util::{StreamExt as _, stream};

use super::Inner;
use super::index::Plan;
use super::reader::{self, Wanted};
use super::shared::Next;

/// A place in a stream.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) log: Arc<Inner>,
    pub(super) stream: StreamName,
    /// The next sequence to read.
    pub(super) next: u64,
    /// The last one to read; `None` to go on with later ones.
    pub(super) until: Option<u64>,
}

impl Cursor {
    pub(super) fn into_stream(self) -> BoxStream<'static, Result<Recorded>> {
        let state = Some((self, VecDeque::new()));
        stream::unfold(state, |state| async move {
            let (mut cursor, mut events) = state?;
            loop {
                if let Some(event) = events.pop_front() {
                    return Some((Ok(event), Some((cursor, events))));
                }
                match cursor.step().await {
                    Ok(Some(more)) => events = more.into(),
                    Ok(None) => return None,
                    // An error ends the stream: what comes after it would have a hole before it.
                    Err(error) => return Some((Err(error), None)),
                }
            }
        })
        .boxed()
    }

    /// The next events; `None` where the read is at its end.
    async fn step(&mut self) -> Result<Option<Vec<Recorded>>> {
        let shared = &self.log.shared;
        let plan = match self.until {
            Some(until) if self.next > until => return Ok(None),
            Some(until) => shared.index.read().plan(self.stream.as_str(), self.next, until),
            None => match shared.next(&self.stream, self.next) {
                Next::Ready(plan) => plan,
                Next::Later(news) => {
                    // Looked at after registering: a writer that stops wakes only who is registered.
                    if let Some(told) = shared.stopped() {
                        return Err(told.again(told.code, &format!("subscribe to stream `{}`", self.stream)));
                    }
                    // An error means that the writer stopped, which the next step finds.
                    let _ = news.await;
                    return Ok(Some(Vec::new()));
                }
            },
        };
        match plan {
            Plan::Nothing => Ok(None),
            Plan::Forgotten(forgotten) => Err(compacted(&self.stream, self.next, forgotten)),
            Plan::Frames(frames) => {
                let last = frames.last().map_or(self.next, |frame| frame.last());
                let until = self.until.unwrap_or(u64::MAX);
                let wanted = Wanted { stream: self.stream.clone(), next: self.next, until, frames };
                let events = reader::read(&self.log.pool, shared, wanted).await?;
                self.next = last + 1;
                Ok(Some(events))
            }
        }
    }
}

pub(super) fn compacted(stream: &StreamName, from: u64, forgotten: u64) -> Error {
    Error::new(
        Code::Compacted,
        format!("read stream `{stream}` from {from}: its events up to {forgotten} were trimmed"),
    )
}
