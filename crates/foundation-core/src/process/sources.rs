//! What a process hears beside its mail: futures it waits for without standing still, streams, and intervals.
//!
//! They belong to one life. The process itself polls them, between two messages, so they need no task and no place in
//! the mailbox, a stream is asked only when there is time for its item, and all of them end with the life.

use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::{self, AbortHandle, SelectAll, StreamExt as _, abortable};

use super::interval::{Missed, Tick, ticks};
use super::isolate::guarded;
use super::{Context, Exit, Process};
use crate::port::BoxStream;

/// The sources of one life.
pub(super) struct Sources<M>(SelectAll<BoxStream<'static, M>>);

impl<M> Default for Sources<M> {
    fn default() -> Self {
        Self(SelectAll::new())
    }
}

impl<M> Sources<M> {
    /// The next message of any of them; pending where there are none. A panic in one is the process's own.
    pub(super) fn poll_next(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<M, Exit>> {
        if self.0.is_empty() {
            return Poll::Pending;
        }
        match guarded(|| self.0.poll_next_unpin(cx)) {
            Ok(Poll::Ready(Some(message))) => Poll::Ready(Ok(message)),
            // The last one has ended.
            Ok(Poll::Ready(None) | Poll::Pending) => Poll::Pending,
            Err(exit) => Poll::Ready(Err(exit)),
        }
    }
}

/// Takes a source away from its process.
#[derive(Clone, Debug)]
pub struct SourceHandle(AbortHandle);

impl SourceHandle {
    /// Nothing comes from it any more. It is dropped when its process next looks.
    pub fn cancel(&self) {
        self.0.abort();
    }
}

impl<P: Process> Context<P> {
    /// Waits for `work` without standing still: its result comes as the message that `into` makes of it.
    ///
    /// Like all sources it is polled by this process between its messages, so it must not block; for work that does,
    /// hand the future of [`Spawner::spawn_blocking`](crate::Spawner::spawn_blocking) over. It comes past the mailbox
    /// and counts as sent when it comes. A panic in it is this process's panic. It is dropped when this life ends.
    pub fn pipe<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
        into: impl FnOnce(T) -> P::Message + Send + 'static,
    ) -> SourceHandle {
        self.add_source(stream::once(async move { into(work.await) }))
    }

    /// Has the items of `items` come as the messages that `into` makes of them, each only when this process has time
    /// for it. As [`pipe`](Self::pipe) otherwise. Its end is silent: chain a last item to hear of it.
    pub fn attach<T: Send + 'static>(
        &mut self,
        items: impl Stream<Item = T> + Send + 'static,
        into: impl FnMut(T) -> P::Message + Send + 'static,
    ) -> SourceHandle {
        self.add_source(items.map(into))
    }

    /// Has a message come every `period`, the first one after one of them, until this life ends or the handle is
    /// cancelled. `missed` says what happens to firings that came due while this process was busy. A period of zero
    /// counts as a nanosecond.
    pub fn send_interval(
        &mut self,
        period: Duration,
        missed: Missed,
        into: impl FnMut(Tick) -> P::Message + Send + 'static,
    ) -> SourceHandle {
        let ticks = ticks(self.clock().clone(), period, missed);
        self.attach(ticks, into)
    }

    fn add_source(&mut self, source: impl Stream<Item = P::Message> + Send + 'static) -> SourceHandle {
        let (source, handle) = abortable(source);
        self.sources().0.push(source.boxed());
        SourceHandle(handle)
    }
}
