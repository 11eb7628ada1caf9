//! A commit as messages: which subject, which headers, and on what condition the server takes them.

use std::collections::HashSet;

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use foundation_core::port::storage::{Condition, Key, Write};

use super::stored::header;
use crate::names::key_subject;

/// A commit, as it is sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) messages: Vec<Planned>,
    pub(super) conditions: Vec<Needed>,
    /// How many of the messages are guards, which come first and write no key.
    pub(super) guards: usize,
}

/// One message.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) subject: String,
    pub(super) payload: Bytes,
    pub(super) life: Life,
    /// Which of the plan's conditions it carries.
    pub(super) condition: Option<usize>,
}

/// How long what a message says stays, and what becomes of what was said before.
///
/// Whatever goes by itself removes what came before it. Otherwise an older value, which is kept for watches, would stand
/// again once the newer one has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Forever,
    Seconds(u64),
    /// The trace of a deletion, kept that many seconds.
    Trace(u64),
}

/// A condition on the last message of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) subject: String,
    pub(super) wants: Wants,
    /// The last sequence that the subject must have: what `wants` comes to, as far as is known.
    pub(super) expected: u64,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// No value stands. There may be the trace of one.
    NoValue,
    /// The value with the expected sequence stands.
    Value,
}

impl Plan {
    /// Plans `writes`, which are checked, for a bucket whose keys have subjects that begin with `prefix`. Guards go to
    /// subjects that `barrier` names; traces of deletions are kept `trace` seconds.
    pub(super) fn new(prefix: &str, barrier: impl Fn() -> String, writes: Vec<Write>, trace: u64) -> Self {
        let mut plan = Self { messages: Vec::with_capacity(writes.len()), conditions: Vec::new(), guards: 0 };
        if writes.len() > 1 {
            plan.guard(prefix, barrier, &writes);
        }
        for write in writes {
            let subject = key_subject(prefix, &write.key);
            let condition = plan.condition(prefix, &subject, &write.condition);
            let life = match (&write.value, write.ttl) {
                (None, _) => Life::Trace(trace),
                (Some(_), Some(ttl)) => Life::Seconds(u64::from(ttl.as_seconds())),
                (Some(_), None) => Life::Forever,
            };
            let payload = write.value.unwrap_or_default();
            plan.messages.push(Planned { subject, payload, life, condition });
        }
        plan
    }

    /// Fences by keys that the batch itself writes are judged by messages of their own, ahead of all writes: conditions
    /// hold for the state before the batch, and the server judges each message after those before it.
    fn guard(&mut self, prefix: &str, barrier: impl Fn() -> String, writes: &[Write]) {
        let written: HashSet<&Key> = writes.iter().map(|write| &write.key).collect();
        for write in writes {
            let Condition::Fenced { by, at } = &write.condition else { continue };
            if !written.contains(by) {
                continue;
            }
            let needed = Needed { subject: key_subject(prefix, by), wants: Wants::Value, expected: at.0 };
            if !self.conditions.contains(&needed) {
                let condition = Some(self.conditions.len());
                self.conditions.push(needed);
                let subject = barrier();
                self.messages.push(Planned { subject, payload: Bytes::new(), life: Life::Forever, condition });
            }
        }
        self.guards = self.messages.len();
    }

    fn condition(&mut self, prefix: &str, subject: &str, condition: &Condition) -> Option<usize> {
        let needed = match condition {
            Condition::Any => return None,
            Condition::Absent => Needed { subject: subject.to_owned(), wants: Wants::NoValue, expected: 0 },
            Condition::At(revision) => {
                Needed { subject: subject.to_owned(), wants: Wants::Value, expected: revision.0 }
            }
            Condition::Fenced { by, at } => {
                Needed { subject: key_subject(prefix, by), wants: Wants::Value, expected: at.0 }
            }
        };
        if self.conditions.iter().take(self.guards).any(|guarded| *guarded == needed) {
            return None;
        }
        self.conditions.push(needed);
        Some(self.conditions.len() - 1)
    }

    /// The message that carries the commit's id, and by which it is found again: the first write.
    pub(super) fn first_write(&self) -> Option<&Planned> {
        self.messages.get(self.guards)
    }

    /// The revisions of the writes, where the last message has the sequence `last`: a batch lies in one piece.
    pub(super) fn revisions(&self, last: u64) -> impl Iterator<Item = u64> + use<> {
        let writes = (self.messages.len() - self.guards) as u64;
        last.saturating_sub(writes.saturating_sub(1))..=last
    }

    /// Whether the commit cannot take effect twice by its own condition: a key has a revision once. Then the server need
    /// not remember the commit's id.
    fn holds_once(&self) -> bool {
        self.first_write().is_some_and(|first| {
            let condition = first.condition.and_then(|condition| self.conditions.get(condition));
            condition.is_some_and(|needed| needed.wants == Wants::Value && needed.subject == first.subject)
        })
    }

    /// The headers of the message at `index`. `id` names the commit, `batch` the attempt at it; one message alone is no
    /// batch.
    pub(super) fn headers(&self, index: usize, id: &str, batch: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some(message) = self.messages.get(index) else { return headers };
        if index == self.guards {
            headers.insert(if self.holds_once() { header::COMMIT_ID } else { header::MESSAGE_ID }, id);
        }
        if let Some(needed) = message.condition.and_then(|condition| self.conditions.get(condition)) {
            headers.insert(header::EXPECTED, HeaderValue::from(needed.expected));
            if needed.subject != message.subject {
                headers.insert(header::EXPECTED_OF, needed.subject.as_str());
            }
        }
        match message.life {
            Life::Forever => {}
            Life::Seconds(seconds) => {
                headers.insert(header::LIFE, HeaderValue::from(seconds));
                headers.insert(header::ROLLUP, header::ROLLUP_SUBJECT);
            }
            Life::Trace(seconds) => {
                headers.insert(header::OPERATION, header::PURGE);
                headers.insert(header::LIFE, HeaderValue::from(seconds));
                headers.insert(header::ROLLUP, header::ROLLUP_SUBJECT);
            }
        }
        if let Some(batch) = batch {
            headers.insert(header::BATCH_ID, batch);
            headers.insert(header::BATCH_SEQUENCE, HeaderValue::from(index as u64 + 1));
            if index + 1 == self.messages.len() {
                headers.insert(header::BATCH_COMMIT, "1");
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests;
