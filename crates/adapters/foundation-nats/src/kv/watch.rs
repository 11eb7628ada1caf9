//! Watching: what stands, then every change in the order of the stream, over broken links and servers that go.
//!
//! Each watch has a task and a consumer of its own on the whole bucket, and leaves out what is not in its range. On the
//! whole bucket, because only then sequences follow each other without holes, and a hole is what tells that a change is
//! no longer kept. The task hands changes over one by one and waits while nobody takes them; meanwhile they stay in the
//! stream, and if they are dropped there the watch says so and begins anew.
//!
//! A consumer that falls silent is made anew, behind the last change that was told.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Change, Entry, KeyRange, Removal, Revision, WatchFrom};
use foundation_core::{Code, Result};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::bucket::{OpenBucket, Slot};
use super::pull::{Pulled, Puller, Start};
use super::snapshot::snapshot;
use super::stored::{Kind, Stored};
use crate::connection::NatsConnection;
use crate::failure::{Trouble, number};
use crate::names::key_of;

/// How many changes wait for the watcher.
const BUFFERED: usize = 256;

/// The waits before a consumer is made anew double from the first to the second of these.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Begins a watch.
pub(super) fn watch(
    connection: &NatsConnection,
    slot: Arc<Slot>,
    open: &OpenBucket,
    range: KeyRange,
    from: WatchFrom,
) -> BoxStream<'static, Result<Change>> {
    let (changes, told) = mpsc::channel(BUFFERED);
    let next = match from {
        WatchFrom::Snapshot => Next::Snapshot { compacted: false },
        WatchFrom::After(Revision(0)) => Next::After(open.first.saturating_sub(1)),
        WatchFrom::After(Revision(revision)) => Next::After(revision),
    };
    let task = Task { connection: connection.clone(), slot, range, changes };
    connection.tasks().spawn(task.run(next));
    stream::unfold(told, |mut told| async move { told.recv().await.map(|change| (change, told)) }).boxed()
}

/// What a watch does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Tell what stands, after saying that changes were missed where that is so.
    Snapshot { compacted: bool },
    /// Tell what follows this sequence.
    After(u64),
}

/// Why following the stream ended.
enum Stopped {
    /// Changes after what was told are no longer kept.
    Gap,
    /// Nobody watches any more.
    Unwatched,
    /// The consumer cannot be used any more.
    Broken(Trouble),
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Broken(trouble)
    }
}

struct Task {
    connection: NatsConnection,
    slot: Arc<Slot>,
    range: KeyRange,
    changes: mpsc::Sender<Result<Change>>,
}

impl Task {
    async fn run(self, mut next: Next) {
        let mut pause = FIRST_PAUSE;
        loop {
            let before = next;
            let trouble = match self.step(&mut next).await {
                Ok(()) => continue,
                Err(Stopped::Unwatched) => return,
                Err(Stopped::Gap) => {
                    next = Next::Snapshot { compacted: true };
                    continue;
                }
                Err(Stopped::Broken(trouble)) => trouble,
            };
            if let Some(end) = self.is_final(&trouble) {
                let _ = self.changes.send(Err(end)).await;
                return;
            }
            if next != before {
                pause = FIRST_PAUSE;
            }
            let closed = tokio::select! {
                () = self.connection.clock().sleep(pause) => false,
                () = self.changes.closed() => true,
            };
            if closed {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The error that ends the watch, if this trouble does not pass.
    fn is_final(&self, trouble: &Trouble) -> Option<foundation_core::Error> {
        let Trouble::Refused(refusal) = trouble else { return None };
        if refusal.err_code == number::STREAM_NOT_FOUND {
            // Somebody deleted the bucket: it is made anew, and its revisions go on above.
            self.slot.doubt();
            return None;
        }
        let passes = !matches!(refusal.meaning(), Code::PermissionDenied | Code::InvalidConfiguration);
        (!passes).then(|| trouble.of_read("watch a bucket"))
    }

    async fn step(&self, next: &mut Next) -> std::result::Result<(), Stopped> {
        let open = self.slot.open(&self.connection).await.map_err(|error| {
            // Already in the port's words; what does not pass ended the watch when it began.
            Trouble::Lost(error.to_string())
        })?;
        match *next {
            Next::Snapshot { compacted } => {
                let taken = tokio::select! {
                    taken = snapshot(&open, &self.range) => taken?,
                    () = self.changes.closed() => return Err(Stopped::Unwatched),
                };
                if compacted {
                    self.tell(Change::Compacted).await?;
                }
                let mut entries: Vec<Entry> = taken.entries.into_values().collect();
                entries.sort_unstable_by_key(|entry| entry.revision);
                for entry in entries {
                    self.tell(Change::Put(entry)).await?;
                }
                self.tell(Change::Current(Revision(taken.upto))).await?;
                *next = Next::After(taken.upto);
                Ok(())
            }
            Next::After(_) => self.follow(&open, next).await,
        }
    }

    /// Tells what follows, until that ends. `next` is where to go on.
    async fn follow(&self, open: &Arc<OpenBucket>, next: &mut Next) -> std::result::Result<(), Stopped> {
        let Next::After(mut told) = *next else { return Ok(()) };
        // What exists now has to come, or it is no longer kept.
        let mut due = open.last_sequence().await?;
        if told > due || (told < due && is_gap(open, told).await?) {
            return Err(Stopped::Gap);
        }
        let mut health = self.connection.clone();
        let since = health.health().reconnects;
        let mut puller = Puller::new(open, Start::At(told + 1)).await?;
        loop {
            let pulled = tokio::select! {
                pulled = puller.next_soon() => pulled?,
                () = self.changes.closed() => return Err(Stopped::Unwatched),
                () = reconnected(&mut health, since) => {
                    return Err(Trouble::Lost("the link was made again".to_owned()).into());
                }
            };
            let Pulled::Message { stored, pending } = pulled else { continue };
            if stored.seq != told + 1 {
                return Err(Stopped::Gap);
            }
            told = stored.seq;
            open.meet(told);
            if let Some(change) = self.change(open, stored) {
                self.tell(change).await?;
            }
            *next = Next::After(told);
            if pending == 0 && told < due && is_gap(open, told).await? {
                return Err(Stopped::Gap);
            }
            due = due.max(told);
        }
    }

    /// What a message says to this watch.
    fn change(&self, open: &OpenBucket, stored: Stored) -> Option<Change> {
        let key = key_of(&open.prefix, &stored.subject).filter(|key| self.range.contains(key.as_str()))?;
        let revision = Revision(stored.seq);
        let removed = |cause| Change::Removed { key: key.clone(), revision, cause };
        Some(match stored.kind {
            Kind::Deleted => removed(Removal::Deleted),
            Kind::Expired => removed(Removal::Expired),
            Kind::Value => {
                open.values.insert(stored.seq);
                Change::Put(Entry { key, value: stored.value, revision })
            }
        })
    }

    async fn tell(&self, change: Change) -> std::result::Result<(), Stopped> {
        self.changes.send(Ok(change)).await.map_err(|_| Stopped::Unwatched)
    }
}

/// Whether what followed `told` is no longer kept, though something did follow.
async fn is_gap(open: &OpenBucket, told: u64) -> std::result::Result<bool, Trouble> {
    let next = open.next(">", told + 1).await?;
    Ok(next.is_none_or(|next| next.seq != told + 1))
}

/// Waits until the link was made again since it had been `since` times.
async fn reconnected(connection: &mut NatsConnection, since: u64) {
    let mut health = connection.health();
    while health.reconnects == since {
        health = connection.health_after(&health).await;
    }
}
