//! Event logs with a defect.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use foundation_memory::MemoryEventLog;
use foundation_testkit::{Simulated, event_log, run};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;

use crate::failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    ForgetsBatches,
    ForgetsBatchesTooSoon,
    JudgesBeforeItRemembers,
    RemembersRefusals,
    IgnoresExpectations,
    LosesTheLastEvent,
    ReadsOnBehindATrim,
    TrimsNothing,
    SubscribesOnce,
    ListsBackwards,
    ReadsPastTheHead,
    TakesMoreThanItSays,
    AppendsHalf,
}
use Defect::*;

#[derive(Debug)]
struct Broken {
    inner: MemoryEventLog,
    defect: Defect,
    next: AtomicU64,
    /// The ids of refused batches.
    refused: Mutex<HashMap<BatchId, ()>>,
}

impl Broken {
    fn fresh(&self) -> BatchId {
        BatchId(u128::MAX - u128::from(self.next.fetch_add(1, Ordering::AcqRel)))
    }
}

#[async_trait]
impl EventLog for Broken {
    fn limits(&self) -> LogLimits {
        LogLimits::FLOOR
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        match self.defect {
            ForgetsBatches => self.inner.append(stream, self.fresh(), events, expect).await,
            ForgetsBatchesTooSoon => {
                let number = self.next.fetch_add(1, Ordering::AcqRel);
                let era = BatchId(batch.0 + u128::from(number / 1_000) * 1_000_000);
                self.inner.append(stream, era, events, expect).await
            }
            JudgesBeforeItRemembers => {
                let (of, expected) = match &expect {
                    Expect::Any => return self.inner.append(stream, batch, events, expect).await,
                    Expect::Empty => (stream.clone(), None),
                    Expect::Head(head) => (stream.clone(), Some(*head)),
                    Expect::HeadOf(other, head) => (other.clone(), Some(*head)),
                };
                if self.inner.head(&of).await? != expected {
                    return Err(Error::new(Code::Conflict, "judged first"));
                }
                self.inner.append(stream, batch, events, expect).await
            }
            RemembersRefusals => {
                if self.refused.lock().contains_key(&batch) {
                    return Ok(Appended { first: Sequence(1), last: Sequence(1), duplicate: true });
                }
                let result = self.inner.append(stream, batch, events, expect).await;
                if result.is_err() {
                    self.refused.lock().insert(batch, ());
                }
                result
            }
            IgnoresExpectations => self.inner.append(stream, batch, events, Expect::Any).await,
            AppendsHalf if events.len() == 2 => {
                let first = self.inner.append(stream, batch, events[..1].to_vec(), expect).await?;
                Ok(first)
            }
            _ => self.inner.append(stream, batch, events, expect).await,
        }
    }

    async fn read(&self, name: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        match self.defect {
            LosesTheLastEvent => {
                let mut all: Vec<Recorded> = self.inner.read(name, from).await?.try_collect().await?;
                all.pop();
                Ok(stream::iter(all.into_iter().map(Ok)).boxed())
            }
            ReadsOnBehindATrim => match self.inner.read(name, from).await {
                Err(_) => self.inner.read(name, Sequence::START).await,
                found => found,
            },
            ReadsPastTheHead => {
                let (inner, name) = (self.inner.clone(), name.clone());
                Ok(stream::once(async move { inner.read(&name, from).await }).try_flatten().boxed())
            }
            _ => self.inner.read(name, from).await,
        }
    }

    async fn subscribe(&self, name: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        if self.defect == SubscribesOnce {
            let once = self.inner.read(name, from).await?;
            return Ok(once.chain(stream::pending()).boxed());
        }
        self.inner.subscribe(name, from).await
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        self.inner.head(stream).await
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        let mut names = self.inner.streams(prefix).await?;
        if self.defect == ListsBackwards {
            names.reverse();
        }
        Ok(names)
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        if self.defect == TrimsNothing {
            return Ok(());
        }
        self.inner.trim(stream, before).await
    }
}

const LARGER: LogLimits =
    LogLimits { event_bytes: 1 << 20, batch_events: 1 << 10, batch_bytes: 1 << 24, remembered_batches: 1 << 10 };

fn broken(defect: Defect, seed: u64) -> Simulated<dyn EventLog> {
    Simulated::<dyn EventLog>::new(seed, |_| {
        let log = MemoryEventLog::new();
        let inner = if defect == TakesMoreThanItSays { log.with_limits(LARGER) } else { log };
        Arc::new(Broken { inner, defect, next: AtomicU64::new(0), refused: Mutex::default() })
    })
}

macro_rules! finds {
    ($defect:ident: $($case:ident)+) => {
        $(failure(|| run(8, |seed| broken($defect, seed), event_log::$case));)+
    };
}

#[test]
fn forgotten_batches_are_found() {
    finds!(ForgetsBatches: a_repeated_batch_appends_nothing a_repeated_batch_may_expect_anything
        batches_are_remembered_long_enough one_batch_by_many_is_appended_once);
    finds!(ForgetsBatchesTooSoon: batches_are_remembered_long_enough);
    finds!(JudgesBeforeItRemembers: a_repeated_batch_may_expect_anything);
    finds!(RemembersRefusals: a_refused_batch_may_try_again);
}

#[test]
fn broken_appends_are_found() {
    finds!(IgnoresExpectations: empty_means_no_events head_means_this_sequence head_of_fences_by_another_stream
        one_of_many_decides a_trim_keeps_the_last_event);
    finds!(AppendsHalf: events_come_back_whole writers_keep_their_order a_repeated_batch_appends_nothing);
    finds!(TakesMoreThanItSays: events_up_to_the_limit batches_up_to_the_most_events
        log_batches_up_to_the_most_bytes);
}

#[test]
fn broken_reads_are_found() {
    finds!(LosesTheLastEvent: appended_events_are_read acknowledged_means_readable long_reads_are_whole);
    finds!(ReadsPastTheHead: reads_end_at_the_head);
    finds!(ListsBackwards: streams_are_listed_by_prefix);
    finds!(SubscribesOnce: a_subscription_catches_up_and_goes_on a_waiting_subscription_is_woken
        a_slow_subscriber_loses_nothing writers_keep_their_order);
}

#[test]
fn broken_trims_are_found() {
    finds!(ReadsOnBehindATrim: a_read_from_before_a_trim_is_refused);
    finds!(TrimsNothing: a_trim_forgets_what_lies_before a_read_from_before_a_trim_is_refused);
}
