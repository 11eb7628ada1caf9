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
    /// An append was acknowledged; its stream and the last sequence there.
    Acked(Stream, u64),
    /// A trial reached a rung in this life: useful work.
    Useful,
    /// The storage was opened; one of its streams and the last sequence there.
    Opened(Stream, u64),
}

/// One of the streams that a study writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// The study's own.
    Study,
    /// That of a variable.
    Variable,
}

impl Stream {
    /// Every stream.
    pub(crate) const ALL: [Self; 2] = [Self::Study, Self::Variable];

    fn name(self) -> &'static str {
        match self {
            Self::Study => "study",
            Self::Variable => "variable",
        }
    }

    /// The kind of a stream, by the first part of its name.
    pub(crate) fn of(stream: &StreamName) -> Option<Self> {
        let first = stream.as_str().split('.').next();
        Self::ALL.into_iter().find(|known| first == Some(known.name()))
    }
}

impl Told {
    /// Tells it.
    pub(crate) fn tell(self) {
        let text = match self {
            Self::Opening => "opening".to_owned(),
            Self::Acked(stream, sequence) => format!("acked {sequence} {}", stream.name()),
            Self::Useful => "useful".to_owned(),
            Self::Opened(stream, head) => format!("opened {head} {}", stream.name()),
        };
        // One write a line, so that a kill cannot leave half of it. A closed pipe is the experiment's end.
        let _ = std::io::stderr().write_all(format!("{MARK}{text}\n").as_bytes());
    }

    /// Reads a line; `None` for one that is something else.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(MARK)?.split(' ');
        let kind = words.next()?;
        let number = words.next().and_then(|word| word.parse().ok());
        let stream = words.next().and_then(|word| Stream::ALL.into_iter().find(|stream| stream.name() == word));
        match kind {
            "opening" => Some(Self::Opening),
            "useful" => Some(Self::Useful),
            "acked" => Some(Self::Acked(stream?, number?)),
            "opened" => Some(Self::Opened(stream?, number?)),
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
        if let Some(stream) = Stream::of(stream) {
            Told::Acked(stream, appended.last.0).tell();
        }
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
    use super::{Stream, Told};

    #[test]
    fn other_lines_are_not_taken_for_ours() {
        assert_eq!(Told::read("trace acked 17 study"), Some(Told::Acked(Stream::Study, 17)));
        assert_eq!(Told::read("trace opened 0 variable"), Some(Told::Opened(Stream::Variable, 0)));
        assert_eq!(Told::read("trace useful"), Some(Told::Useful));
        for line in [
            "",
            "acked 17",
            "trace acked",
            "trace acked x study",
            "trace acked 17 other",
            "trace other",
            "error: trace opening",
        ] {
            assert_eq!(Told::read(line), None, "{line}");
        }
    }
}
