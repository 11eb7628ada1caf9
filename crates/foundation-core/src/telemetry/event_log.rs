//! An event log that counts and times what goes through it.

use std::sync::Arc;

use async_trait::async_trait;
use metrics::{Counter, Histogram};

use super::{Telemetry, names};
use crate::error::Result;
use crate::event::Event;
use crate::port::BoxStream;
use crate::port::clock::Clock;
use crate::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};

/// Counts and times the appends of any event log; everything else passes through.
///
/// An append that was cancelled before its answer is not counted.
pub struct MeasuredEventLog {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    appended: Counter,
    duplicate: Counter,
    failed: Counter,
    events: Counter,
    seconds: Histogram,
}

impl MeasuredEventLog {
    /// Measures `log` by `clock`.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>, telemetry: &Telemetry) -> Self {
        let outcome = |outcome| telemetry.counter(names::LOG_APPENDS, &[outcome]);
        Self {
            appended: outcome("appended"),
            duplicate: outcome("duplicate"),
            failed: outcome("failed"),
            events: telemetry.counter(names::LOG_EVENTS, &[]),
            seconds: telemetry.histogram(names::LOG_APPEND_SECONDS, &[]),
            log,
            clock,
        }
    }
}

impl std::fmt::Debug for MeasuredEventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeasuredEventLog").field("log", &self.log).finish_non_exhaustive()
    }
}

#[async_trait]
impl EventLog for MeasuredEventLog {
    fn limits(&self) -> LogLimits {
        self.log.limits()
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        let count = events.len() as u64;
        let begun = self.clock.now();
        let answer = self.log.append(stream, batch, events, expect).await;
        self.seconds.record(self.clock.now().since(begun).as_secs_f64());
        match &answer {
            Ok(appended) if appended.duplicate => self.duplicate.increment(1),
            Ok(_) => {
                self.appended.increment(1);
                self.events.increment(count);
            }
            Err(_) => self.failed.increment(1),
        }
        answer
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.log.read(stream, from).await
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.log.subscribe(stream, from).await
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        self.log.head(stream).await
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        self.log.streams(prefix).await
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        self.log.trim(stream, before).await
    }
}
