//! Streams of events in memory.

mod read;
mod state;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
use parking_lot::Mutex;

use state::State;

/// An [`EventLog`] in process memory: what is acknowledged survives as long as a clone of it does.
///
/// Sequences rise over all streams together and leave holes on purpose, so that nobody comes to rely on the next
/// sequence being one more than the last. Limits are those of the floor, so that what works here works on every
/// adapter. Clones share the streams.
#[derive(Clone)]
pub struct MemoryEventLog {
    state: Arc<Mutex<State>>,
    limits: LogLimits,
}

impl MemoryEventLog {
    /// A log without streams.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Arc::default(), limits: LogLimits::FLOOR }
    }

    /// Takes more than the floor. Where `limits` are lower, the floor holds.
    #[must_use]
    pub fn with_limits(mut self, limits: LogLimits) -> Self {
        let floor = LogLimits::FLOOR;
        self.limits = LogLimits {
            event_bytes: limits.event_bytes.max(floor.event_bytes),
            batch_events: limits.batch_events.max(floor.batch_events),
            batch_bytes: limits.batch_bytes.max(floor.batch_bytes),
            remembered_batches: limits.remembered_batches.max(floor.remembered_batches),
        };
        self
    }
}

impl Default for MemoryEventLog {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryEventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryEventLog").field("streams", &self.state.lock().streams("").len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl EventLog for MemoryEventLog {
    fn limits(&self) -> LogLimits {
        self.limits
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        self.limits.check(stream, &events)?;
        let appended = {
            let mut state = self.state.lock();
            state.append(stream, batch, events, &expect, self.limits.remembered_batches)
        };
        let (appended, changed) = appended?;
        if let Some(changed) = changed {
            changed.notify();
        }
        Ok(appended)
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        read::read(Arc::clone(&self.state), stream, from)
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        read::subscribe(Arc::clone(&self.state), stream, from)
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        Ok(self.state.lock().head(stream))
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        Ok(self.state.lock().streams(prefix))
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        let trimmed = self.state.lock().trim(stream, before);
        drop(trimmed);
        Ok(())
    }
}
