//! A study's log, opened: the state that it tells, and the one way to add to it.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::{Event, EventSource};
use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::port::entropy::Entropy;
use foundation_core::port::storage::{BatchId, EventLog, Expect, Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use foundation_infra::Retry;
use futures_util::StreamExt as _;

use super::config::{StudyConfig, stream_of};
use super::event::StudyEvent;
use super::state::StudyState;

/// Reads the study of that name; `None` where it was never begun.
///
/// # Errors
/// `Corrupt`, `NewerVersion` or `Encoding` where the log does not tell a study; those of the storage.
pub async fn read_study(log: &dyn EventLog, study: &str) -> Result<Option<StudyState>> {
    Ok(fold(log, &stream_of(study)?).await?.map(|told| told.state))
}

/// Reads a study's events, for whoever draws what happened.
///
/// # Errors
/// As [`read_study`].
pub async fn read_events(log: &dyn EventLog, study: &str) -> Result<Vec<(Event, StudyEvent)>> {
    let mut events = log.read(&stream_of(study)?, Sequence::START).await?;
    let mut read = Vec::new();
    while let Some(recorded) = events.next().await {
        let event = recorded?.event;
        let told = StudyEvent::from_event(&event)?;
        read.push((event, told));
    }
    Ok(read)
}

/// What a log tells, as far as it was read.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) state: StudyState,
    pub(super) head: Sequence,
    /// From the first event of each run of the program to its last one, over the runs before the last one.
    has_run: Duration,
    /// The first and the last event of the last run.
    began: Monotonic,
    last: Monotonic,
}

impl Told {
    /// What the first event of a log tells.
    fn begin(stream: &StreamName, first: Recorded) -> Result<Self> {
        let StudyEvent::Created(config) = StudyEvent::from_event(&first.event)? else {
            return Err(Error::new(
                Code::Corrupt,
                format!("stream `{stream}` begins with `{}`, not with a study's description", first.event.kind),
            ));
        };
        let at = first.event.monotonic;
        let state = StudyState::new(*config);
        Ok(Self { state, head: first.sequence, has_run: Duration::ZERO, began: at, last: at })
    }

    /// Takes in the event that comes next.
    fn take_in(&mut self, stream: &StreamName, recorded: &Recorded) -> Result<()> {
        let event = StudyEvent::from_event(&recorded.event)?;
        let place = || format!("read `{stream}` at {}", recorded.sequence.0);
        self.state.apply(&event).map_err(|error| error.during(place()))?;
        self.head = recorded.sequence;
        // Monotonic clocks of two runs cannot be compared.
        if matches!(event, StudyEvent::Resumed) {
            self.has_run += self.last.since(self.began);
            self.began = recorded.event.monotonic;
        }
        self.last = recorded.event.monotonic;
        Ok(())
    }

    /// How long the study has run in all.
    fn has_run(&self) -> Duration {
        self.has_run + self.last.since(self.began)
    }
}

/// Reads what `told` does not know yet. What was read before the future is dropped stands in `told`.
pub(super) async fn read_on(log: &dyn EventLog, stream: &StreamName, told: &mut Option<Told>) -> Result<()> {
    let from = told.as_ref().map_or(Sequence::START, |told| told.head.next());
    let mut events = log.read(stream, from).await?;
    while let Some(recorded) = events.next().await {
        let recorded = recorded?;
        match told {
            Some(told) => told.take_in(stream, &recorded)?,
            None => *told = Some(Told::begin(stream, recorded)?),
        }
    }
    Ok(())
}

async fn fold(log: &dyn EventLog, stream: &StreamName) -> Result<Option<Told>> {
    let mut told = None;
    read_on(log, stream, &mut told).await?;
    Ok(told)
}

/// A study's log with one writer: every append names the head it rests on, so a second writer fails.
#[derive(Debug)]
pub(crate) struct Journal {
    log: Arc<dyn EventLog>,
    stream: StreamName,
    head: Option<Sequence>,
    source: EventSource,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What a log needs from its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct JournalPorts {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) source: EventSource,
}

impl Journal {
    /// Opens the study's log: begins it with `config` where it is empty, otherwise checks that it tells the same
    /// study. A new one begins with `beginnings`. Answers how long the study has run before, where it goes on.
    pub(crate) async fn open(
        ports: JournalPorts,
        config: &StudyConfig,
        beginnings: &[StudyEvent],
    ) -> Result<(Self, StudyState, Option<Duration>)> {
        let stream = config.stream()?;
        let told = fold(&*ports.log, &stream).await?;
        let mut journal = Self {
            log: ports.log,
            stream,
            head: None,
            source: ports.source,
            clock: ports.clock,
            entropy: ports.entropy,
        };
        match told {
            None => {
                let mut state = StudyState::new(config.clone());
                let mut events = vec![StudyEvent::Created(Box::new(config.clone()))];
                for event in beginnings {
                    state.apply(event).map_err(|error| error.during(format!("begin study `{}`", config.name)))?;
                    events.push(event.clone());
                }
                journal.append(&events).await?;
                Ok((journal, state, None))
            }
            Some(told) => {
                let (has_run, Told { state, head, .. }) = (told.has_run(), told);
                let differences = state.config().differences(config);
                if !differences.is_empty() {
                    return Err(Error::new(
                        Code::StudyMismatch,
                        format!("study `{}` was begun otherwise: {}", config.name, differences.join("; ")),
                    ));
                }
                journal.head = Some(head);
                Ok((journal, state, Some(has_run)))
            }
        }
    }

    /// Appends events in order; returns when they are durable.
    ///
    /// More than the log takes at once go in several appends; each of them leaves a log that tells a true story.
    pub(crate) async fn append(&mut self, events: &[StudyEvent]) -> Result<()> {
        let limits = self.log.limits();
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        for event in events {
            let event = event.to_event(&self.source)?;
            let bytes = event.encoded_len();
            if !batch.is_empty() && (batch.len() == limits.batch_events || batch_bytes + bytes > limits.batch_bytes) {
                self.append_batch(std::mem::take(&mut batch)).await?;
                batch_bytes = 0;
            }
            batch_bytes += bytes;
            batch.push(event);
        }
        if batch.is_empty() { Ok(()) } else { self.append_batch(batch).await }
    }

    async fn append_batch(&mut self, events: Vec<Event>) -> Result<()> {
        let batch = BatchId(self.entropy.next_u128());
        let expect = self.head.map_or(Expect::Empty, Expect::Head);
        // The batch id makes it safe to try again after a lost answer.
        let append = || self.log.append(&self.stream, batch, events.clone(), expect.clone());
        let appended = Retry::default()
            .run(&*self.clock, &*self.entropy, append)
            .await
            .map_err(|error| error.during(format!("append to `{}`", self.stream)))?;
        self.head = Some(appended.last);
        Ok(())
    }
}
