//! Key-value stores with a defect.

use std::sync::Arc;

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{
    Bucket, Change, Condition, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Removal, Revision, WatchFrom,
    Write,
};
use foundation_memory::MemoryKeyValue;
use foundation_testkit::{Interleaved, Simulated, key_value, run};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    IgnoresConditions,
    /// Reads, compares, and then writes without condition.
    ChecksThenWrites,
    IgnoresFences,
    WritesOneByOne,
    ForgetsTimeToLive,
    ExpiresEarly,
    TakesMoreThanItSays,
    ScansBackwards,
    ScansTheEndBound,
    LosesAChange,
    TellsOldChangesAgain,
    CallsExpiryDeletion,
    EndsWatches,
    AnswersWrongRevisions,
}
use Defect::*;

#[derive(Debug)]
struct Broken {
    inner: Interleaved,
    defect: Defect,
}

impl Broken {
    async fn write_unconditionally(&self, bucket: &Bucket, mut writes: Vec<Write>) -> Result<Vec<Revision>> {
        for write in &mut writes {
            write.condition = Condition::Any;
        }
        self.inner.commit(bucket, writes).await
    }
}

#[async_trait]
impl KeyValue for Broken {
    fn limits(&self) -> KeyValueLimits {
        KeyValueLimits::FLOOR
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        self.inner.get(bucket, key, read).await
    }

    async fn commit(&self, bucket: &Bucket, mut writes: Vec<Write>) -> Result<Vec<Revision>> {
        match self.defect {
            IgnoresConditions => self.write_unconditionally(bucket, writes).await,
            ChecksThenWrites => {
                for write in &writes {
                    let standing = self.inner.get(bucket, &write.key, Read::Strict).await?.map(|entry| entry.revision);
                    let holds = match write.condition {
                        Condition::Absent => standing.is_none(),
                        Condition::At(revision) => standing == Some(revision),
                        Condition::Any | Condition::Fenced { .. } => true,
                    };
                    if !holds {
                        // The inner store knows how to say it.
                        return self.inner.commit(bucket, writes).await;
                    }
                }
                self.write_unconditionally(bucket, writes).await
            }
            IgnoresFences => {
                for write in &mut writes {
                    if matches!(write.condition, Condition::Fenced { .. }) {
                        write.condition = Condition::Any;
                    }
                }
                self.inner.commit(bucket, writes).await
            }
            WritesOneByOne => {
                let mut revisions = Vec::new();
                for write in writes {
                    revisions.extend(self.inner.commit(bucket, vec![write]).await?);
                }
                Ok(revisions)
            }
            ForgetsTimeToLive => {
                for write in &mut writes {
                    write.ttl = None;
                }
                self.inner.commit(bucket, writes).await
            }
            ExpiresEarly => {
                for write in &mut writes {
                    write.ttl = write.ttl.map(|ttl| foundation_core::port::storage::Ttl::seconds(ttl.as_seconds() / 2));
                }
                self.inner.commit(bucket, writes).await
            }
            AnswersWrongRevisions => {
                let revisions = self.inner.commit(bucket, writes).await?;
                Ok(revisions.into_iter().map(|revision| Revision(revision.0 + 1)).collect())
            }
            _ => self.inner.commit(bucket, writes).await,
        }
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        let mut entries: Vec<Entry> = self.inner.scan(bucket, range.clone(), read).await?.try_collect().await?;
        if self.defect == ScansBackwards {
            entries.reverse();
        }
        if self.defect == ScansTheEndBound
            && let std::ops::Bound::Excluded(end) = range.bounds().1
            && let Ok(key) = Key::new(end)
        {
            entries.extend(self.inner.get(bucket, &key, read).await?);
        }
        Ok(stream::iter(entries.into_iter().map(Ok)).boxed())
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        let from = match self.defect {
            TellsOldChangesAgain => match from {
                WatchFrom::After(revision) => WatchFrom::After(Revision(revision.0 - 1)),
                WatchFrom::Snapshot => from,
            },
            _ => from,
        };
        let changes = self.inner.watch(bucket, range, from).await?;
        Ok(match self.defect {
            LosesAChange => {
                let mut count = 0;
                let kept = move |change: &Result<Change>| {
                    count += usize::from(matches!(change, Ok(Change::Put(_) | Change::Removed { .. })));
                    std::future::ready(count % 3 != 0)
                };
                changes.filter(kept).boxed()
            }
            EndsWatches => changes.take(4).boxed(),
            CallsExpiryDeletion => changes
                .map_ok(|change| match change {
                    Change::Removed { key, revision, .. } => Change::Removed { key, revision, cause: Removal::Deleted },
                    other => other,
                })
                .boxed(),
            _ => changes,
        })
    }
}

/// The limits of the store behind it, which the adapter does not tell.
const LARGER: KeyValueLimits = KeyValueLimits { value_bytes: 1 << 20, batch_writes: 1 << 10, batch_bytes: 1 << 24 };

pub(crate) fn broken(defect: Defect, seed: u64) -> Simulated<dyn KeyValue> {
    Simulated::<dyn KeyValue>::new(seed, |world| {
        let store = MemoryKeyValue::new(world.clock());
        let store = if defect == TakesMoreThanItSays { store.with_limits(LARGER) } else { store };
        Arc::new(Broken { inner: Interleaved::new(Arc::new(store)), defect })
    })
}

macro_rules! finds {
    ($defect:ident: $($case:ident)+) => {
        $(failure(|| run(8, |seed| broken($defect, seed), key_value::$case));)+
    };
}

#[test]
fn broken_conditions_are_found() {
    finds!(IgnoresConditions: absent_means_no_value at_means_this_revision deletes_can_be_conditional
        fences_hold_zombies_off one_of_many_creates one_of_many_updates no_update_is_lost
        a_refused_batch_writes_nothing conditions_see_expiry);
    finds!(ChecksThenWrites: one_of_many_creates one_of_many_updates no_update_is_lost);
    finds!(IgnoresFences: fences_hold_zombies_off a_refused_batch_writes_nothing conditions_see_expiry);
    finds!(AnswersWrongRevisions: written_values_are_read at_means_this_revision revisions_rise);
}

#[test]
fn broken_batches_are_found() {
    finds!(WritesOneByOne: a_refused_batch_writes_nothing a_key_twice_is_refused nobody_sees_half_a_batch
        conditions_are_judged_before_the_batch batches_up_to_the_most_writes batches_up_to_the_most_bytes);
    finds!(TakesMoreThanItSays: values_up_to_the_limit batches_up_to_the_most_writes batches_up_to_the_most_bytes);
}

#[test]
fn broken_expiry_is_found() {
    finds!(ForgetsTimeToLive: values_expire_at_their_time the_shortest_life_is_a_second conditions_see_expiry
        every_write_sets_the_life_anew a_watch_tells_expiry);
    finds!(ExpiresEarly: values_expire_at_their_time every_write_sets_the_life_anew a_watch_tells_expiry);
    finds!(CallsExpiryDeletion: a_watch_tells_expiry);
}

#[test]
fn broken_scans_are_found() {
    finds!(ScansBackwards: scans_go_in_order long_scans_are_whole);
    finds!(ScansTheEndBound: scans_keep_to_their_range long_scans_are_whole);
}

#[test]
fn broken_watches_are_found() {
    finds!(LosesAChange: a_watch_begins_with_a_snapshot a_watch_goes_on_after_a_revision
        a_watch_from_the_beginning_converges a_watch_tells_batches_whole a_slow_watcher_converges
        a_watch_beside_writers_converges);
    finds!(TellsOldChangesAgain: a_watch_goes_on_after_a_revision);
    finds!(EndsWatches: a_watch_begins_with_a_snapshot a_watch_beside_writers_converges);
}
