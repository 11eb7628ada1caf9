//! What the log holds: events by stream, and the answers to the latest appends.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use foundation_core::event::Event;
use foundation_core::port::storage::{Appended, BatchId, Expect, Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};

use crate::signal::Signal;

#[derive(Default)]
pub(super) struct State {
    streams: BTreeMap<StreamName, Stream>,
    last: u64,
    /// The answers to the latest appends over all streams, oldest first.
    answers: HashMap<BatchId, Appended>,
    answered: VecDeque<BatchId>,
}

/// A stream, also one that is only waited for.
#[derive(Default)]
struct Stream {
    events: VecDeque<Recorded>,
    /// The sequence of the latest event that was trimmed.
    trimmed: Sequence,
    changed: Arc<Signal>,
}

impl State {
    /// Appends; answers whom to tell about it, after the lock is given back.
    pub(super) fn append(
        &mut self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: &Expect,
        remembered: usize,
    ) -> Result<(Appended, Option<Arc<Signal>>)> {
        if let Some(first_time) = self.answers.get(&batch) {
            return Ok((Appended { duplicate: true, ..*first_time }, None));
        }
        self.judge(stream, expect)?;
        let mut places = Vec::with_capacity(events.len());
        for _ in &events {
            // One or two further: never dense, never the same.
            self.last += 1 + (self.last & 1);
            places.push(Sequence(self.last));
        }
        // A hole between batches as well.
        self.last += 1;
        let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
            return Err(Error::new(Code::InvalidInput, format!("append to stream `{stream}`: the batch is empty")));
        };
        let target = self.streams.entry(stream.clone()).or_default();
        target.events.extend(places.into_iter().zip(events).map(|(sequence, event)| Recorded { sequence, event }));
        let changed = Arc::clone(&target.changed);
        let appended = Appended { first, last, duplicate: false };
        self.answers.insert(batch, appended);
        self.answered.push_back(batch);
        while self.answered.len() > remembered {
            if let Some(oldest) = self.answered.pop_front() {
                self.answers.remove(&oldest);
            }
        }
        Ok((appended, Some(changed)))
    }

    fn judge(&self, stream: &StreamName, expect: &Expect) -> Result<()> {
        let (watched, expected) = match expect {
            Expect::Any => return Ok(()),
            Expect::Empty => (stream, None),
            Expect::Head(head) => (stream, Some(*head)),
            Expect::HeadOf(other, head) => (other, Some(*head)),
        };
        let found = self.head(watched);
        if found == expected {
            return Ok(());
        }
        let say = |head: Option<Sequence>| head.map_or("no events".to_owned(), |head| format!("head {}", head.0));
        let what =
            format!("append to stream `{stream}`: stream `{watched}` has {}, expected {}", say(found), say(expected));
        Err(Error::new(Code::Conflict, what))
    }

    pub(super) fn head(&self, stream: &StreamName) -> Option<Sequence> {
        Some(self.streams.get(stream)?.events.back()?.sequence)
    }

    pub(super) fn streams(&self, prefix: &str) -> Vec<StreamName> {
        self.streams
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(|(name, _)| name.as_str().starts_with(prefix))
            .filter(|(_, stream)| !stream.events.is_empty())
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Takes out the events before `before` but the last, for the caller to drop.
    pub(super) fn trim(&mut self, stream: &StreamName, before: Sequence) -> VecDeque<Recorded> {
        let Some(stream) = self.streams.get_mut(stream) else { return VecDeque::new() };
        let older = stream.events.partition_point(|recorded| recorded.sequence < before);
        let most = stream.events.len().saturating_sub(1);
        let kept = stream.events.split_off(older.min(most));
        let trimmed = std::mem::replace(&mut stream.events, kept);
        if let Some(last) = trimmed.back() {
            stream.trimmed = last.sequence;
        }
        trimmed
    }

    /// The events from `from` on, at most `most`.
    ///
    /// # Errors
    /// `Compacted` where events from there on were trimmed.
    pub(super) fn events(&self, stream: &StreamName, from: Sequence, most: usize) -> Result<Vec<Recorded>> {
        let Some(held) = self.streams.get(stream) else { return Ok(Vec::new()) };
        if from != Sequence::START && from <= held.trimmed {
            let trimmed = held.trimmed.0;
            let what = format!("read stream `{stream}` from {}: it is trimmed up to {trimmed}", from.0);
            return Err(Error::new(Code::Compacted, what));
        }
        let start = held.events.partition_point(|recorded| recorded.sequence < from);
        Ok(held.events.iter().skip(start).take(most).cloned().collect())
    }

    /// What tells of new events in a stream, which need not exist yet.
    pub(super) fn signal(&mut self, stream: &StreamName) -> Arc<Signal> {
        Arc::clone(&self.streams.entry(stream.clone()).or_default().changed)
    }
}
