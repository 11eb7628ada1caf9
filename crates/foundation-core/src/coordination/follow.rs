//! Waiting for keys to change, as long as it takes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::lease::Ground;
use crate::error::{Error, Result, Transience};
use crate::port::clock::{Elapsed, Monotonic, deadline};
use crate::port::storage::{Bucket, Change, Key, KeyRange, Revision, WatchFrom};

/// The longest pause after a watch failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pauses between tries: the first one, then twice as long each time, up to 30 seconds.
#[derive(Debug)]
pub(super) struct Pauses {
    first: Duration,
    next: Duration,
}

impl Pauses {
    pub(super) fn new(first: Duration) -> Self {
        Self { first, next: first }
    }

    pub(super) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        pause
    }

    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

impl Ground {
    /// Waits a moment before something that failed is tried again.
    ///
    /// # Errors
    /// The error itself, where trying again cannot help, and at `until`.
    pub(super) async fn ride_out(&self, error: Error, until: Monotonic) -> Result<()> {
        if error.code().transience() == Transience::Permanent || self.clock.now() >= until {
            return Err(error);
        }
        // At `until` whoever waits tries for the last time.
        self.clock.sleep_until(until.min(self.clock.now() + self.settings.pause())).await;
        Ok(())
    }

    /// Waits until one of `keys`, which lie in `range`, may have no value. Answers early, too, where the watch fails, and
    /// after a time to live: whoever waits looks again.
    ///
    /// # Errors
    /// [`Elapsed`] at `until`.
    pub(super) async fn until_free(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        keys: &BTreeSet<Key>,
        until: Monotonic,
    ) -> Result<(), Elapsed> {
        // A watch may miss an expiry for as long as it is cut off, so nobody waits on one alone.
        let look_again = self.clock.now() + self.settings.ttl().as_duration();
        let watch = deadline(&*self.clock, until.min(look_again), self.watch_until_free(bucket, range, keys));
        match watch.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => deadline(&*self.clock, until, self.clock.sleep(self.settings.pause())).await,
            Err(Elapsed) if self.clock.now() < until => Ok(()),
            Err(Elapsed) => Err(Elapsed),
        }
    }

    /// Waits until something in `range` may have changed after `seen`. Answers early as [`until_free`](Self::until_free)
    /// does.
    ///
    /// # Errors
    /// [`Elapsed`] at `until`.
    pub(super) async fn until_changed(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        seen: Revision,
        until: Monotonic,
    ) -> Result<(), Elapsed> {
        let look_again = self.clock.now() + self.settings.ttl().as_duration();
        let change = async {
            let mut changes = self.store.watch(bucket, range, WatchFrom::After(seen)).await?;
            changes.next().await.transpose()
        };
        match deadline(&*self.clock, until.min(look_again), change).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => deadline(&*self.clock, until, self.clock.sleep(self.settings.pause())).await,
            Err(Elapsed) if self.clock.now() < until => Ok(()),
            Err(Elapsed) => Err(Elapsed),
        }
    }

    /// # Errors
    /// Those of the watch.
    async fn watch_until_free(&self, bucket: &Bucket, range: KeyRange, keys: &BTreeSet<Key>) -> Result<()> {
        let mut changes = self.store.watch(bucket, range, WatchFrom::Snapshot).await?;
        // What the snapshot has told so far.
        let mut snapshot = Some(BTreeSet::new());
        while let Some(change) = changes.next().await {
            match (change?, &mut snapshot) {
                (Change::Removed { key, .. }, None) if keys.contains(&key) => return Ok(()),
                (Change::Removed { key, .. }, Some(snapshot)) => {
                    snapshot.remove(&key);
                }
                (Change::Put(entry), Some(snapshot)) => {
                    snapshot.insert(entry.key);
                }
                (Change::Compacted, _) => snapshot = Some(BTreeSet::new()),
                (Change::Current(_), _) => {
                    if let Some(snapshot) = snapshot.take()
                        && !keys.is_subset(&snapshot)
                    {
                        return Ok(());
                    }
                }
                (Change::Removed { .. } | Change::Put(_), None) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
