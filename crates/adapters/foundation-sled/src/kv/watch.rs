//! A watch: a place in a bucket's changes that goes on when it is polled, so a slow watcher costs nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::WallTime;
use foundation_core::port::storage::{Bucket, Change, KeyRange, Revision, WatchFrom};
use futures_util::future::{Either, select};
use futures_util::{StreamExt as _, stream};

use super::Inner;
use super::shared::Request;
use super::state::News;

/// How long a watch waits at most before it looks at the wall clock again, which may have been set meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Watch {
    pub(super) store: Arc<Inner>,
    pub(super) bucket: Bucket,
    pub(super) range: KeyRange,
    pub(super) from: WatchFrom,
}

impl Watch {
    pub(super) fn into_stream(self) -> BoxStream<'static, Result<Change>> {
        let mut ready = VecDeque::new();
        let place = match self.from {
            WatchFrom::Snapshot => self.snapshot(&mut ready),
            WatchFrom::After(revision) => revision.0,
        };
        stream::unfold(Some((self, place, ready)), |state| async move {
            let (watch, mut place, mut ready) = state?;
            loop {
                if let Some(change) = ready.pop_front() {
                    return Some((Ok(change), Some((watch, place, ready))));
                }
                match watch.step(&mut place, &mut ready).await {
                    Ok(()) => {}
                    Err(error) => return Some((Err(error), None)),
                }
            }
        })
        .boxed()
    }

    /// What stands now, in the order of revisions; answers where the watch then stands.
    fn snapshot(&self, ready: &mut VecDeque<Change>) -> u64 {
        let state = self.store.shared.state.read();
        let mut entries = state.range(&self.bucket, &self.range, None, self.store.clock.wall(), usize::MAX);
        entries.sort_unstable_by_key(|entry| entry.revision);
        ready.extend(entries.into_iter().map(Change::Put));
        ready.push_back(Change::Current(Revision(state.revision)));
        state.revision
    }

    async fn step(&self, place: &mut u64, ready: &mut VecDeque<Change>) -> Result<()> {
        let news = self.store.shared.state.write().news(&self.bucket, &self.range, *place);
        match news {
            News::Changes(changes, last) => {
                ready.extend(changes);
                *place = last;
            }
            News::Missed => {
                ready.push_back(Change::Compacted);
                *place = self.snapshot(ready);
            }
            News::None(news, next_end) => {
                // Looked at after registering: a writer that stops wakes only who is registered.
                if let Some(told) = self.store.shared.stopped() {
                    return Err(told.again(told.code, &format!("watch bucket `{}`", self.bucket)));
                }
                match next_end {
                    // An error means that the writer stopped, which the next step finds.
                    None => drop(news.await),
                    Some(end) => self.wait(news, end).await,
                }
            }
        }
        Ok(())
    }

    /// Waits for news or for the end of a value, and then has the writer remove what is over.
    async fn wait(&self, news: futures_channel::oneshot::Receiver<()>, end: WallTime) {
        let clock = &self.store.clock;
        let left = Duration::from_nanos(end.0.saturating_sub(clock.wall().0));
        if left.is_zero() {
            // Asked once a wait, so an answer that takes long is not asked for again and again. A closed store has
            // no writer; the next step finds that.
            let _ = self.store.shared.requests.put(Request::Sweep);
        }
        let limit = if left.is_zero() { LOOK_AGAIN } else { left.min(LOOK_AGAIN) };
        match select(news, clock.sleep(limit)).await {
            Either::Left(_) | Either::Right(_) => {}
        }
    }
}
