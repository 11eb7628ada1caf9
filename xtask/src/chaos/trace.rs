//! What a victim tells while it works: lines on standard error that the experiment counts.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use foundation_core::Result;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};

/// What begins every such line.
const MARK: &str = "trace ";

/// One such line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The process runs and is about to open its storage.
    Opening,
    /// An append was acknowledged; the last sequence of its stream.
    Acked(u64),
    /// A trial reached a rung in this life: useful work.
    Useful,
    /// The storage was opened; the last sequence of the study's stream.
    Opened(u64),
}

impl Told {
    /// Tells it.
    pub(crate) fn tell(self) {
        let text = match self {
            Self::Opening => "opening".to_owned(),
            Self::Acked(sequence) => format!("acked {sequence}"),
            Self::Useful => "useful".to_owned(),
            Self::Opened(head) => format!("opened {head}"),
        };
        // One write a line, so that a kill cannot leave half of it. A closed pipe is the experiment's end.
        let _ = std::io::stderr().write_all(format!("{MARK}{text}\n").as_bytes());
    }

    /// Reads a line; `None` for one that is something else.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(MARK)?.split(' ');
        let kind = words.next()?;
        let number = words.next().and_then(|word| word.parse().ok());
        match kind {
            "opening" => Some(Self::Opening),
            "useful" => Some(Self::Useful),
            "acked" => number.map(Self::Acked),
            "opened" => number.map(Self::Opened),
            _ => None,
        }
    }
}

/// An event log that tells each acknowledgement.
#[derive(Debug)]
pub(crate) struct TracedEventLog {
    log: Arc<dyn EventLog>,
    reports: AtomicU64,
}

impl TracedEventLog {
    pub(crate) fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log, reports: AtomicU64::new(0) }
    }
}

#[async_trait]
impl EventLog for TracedEventLog {
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
        let is_useful = events.iter().any(|event| event.kind.as_str() == "trial.reported");
        let appended = self.log.append(stream, batch, events, expect).await?;
        Told::Acked(appended.last.0).tell();
        if is_useful && self.reports.fetch_add(1, Ordering::Relaxed) == 0 {
            Told::Useful.tell();
        }
        Ok(appended)
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

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn other_lines_are_not_taken_for_ours() {
        assert_eq!(Told::read("trace acked 17"), Some(Told::Acked(17)));
        assert_eq!(Told::read("trace opened 0"), Some(Told::Opened(0)));
        assert_eq!(Told::read("trace useful"), Some(Told::Useful));
        for line in ["", "acked 17", "trace acked", "trace acked x", "trace other", "error: trace opening"] {
            assert_eq!(Told::read(line), None, "{line}");
        }
    }
}
