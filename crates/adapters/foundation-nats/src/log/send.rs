//! Sending a batch, once, and asking what became of one.

use async_nats::HeaderMap;
use bytes::Bytes;
use foundation_core::port::storage::{BatchId, StreamName};
use foundation_core::{Code, Error, Result};
use serde_json::json;

use super::Core;
use super::link::{self, Link};
use super::patience::{Patience, number, passes};
use super::scan::Found;
use crate::failure::Trouble;

const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";
const EXPECTED_OF: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
const MESSAGE_ID: &str = "Nats-Msg-Id";
const BATCH: &str = "Nats-Batch-Id";
const BATCH_SEQUENCE: &str = "Nats-Batch-Sequence";
const BATCH_COMMIT: &str = "Nats-Batch-Commit";

/// One call of `append`, as it is sent however often.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) stream: &'a StreamName,
    /// The batch id as the engine remembers it.
    pub(super) id: String,
    /// The name of this call and of no other.
    pub(super) call: String,
    pub(super) bodies: Vec<Bytes>,
}

/// What the engine says to a batch that it did not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Stored; the last event is here.
    Stored(u64),
    /// Its id is known; the first event of that batch is here.
    Known(u64),
}

/// The id of a batch as the engine remembers it.
pub(super) fn message_id(batch: BatchId) -> String {
    format!("{:032x}", batch.0)
}

impl Core {
    /// Sends a batch that follows `previous`, if a guard is given only while that stream's last event is the one named.
    pub(super) async fn send(
        &self,
        call: &Call<'_>,
        previous: u64,
        guard: Option<(&StreamName, u64)>,
    ) -> Result<Sent, Trouble> {
        let subject = self.names.events(call.stream);
        let mut messages: Vec<(String, HeaderMap, Bytes)> = Vec::with_capacity(call.bodies.len() + 1);
        if let Some((other, expected)) = guard {
            // A message has room for one condition, and the first event's is on its own stream.
            let mut headers = HeaderMap::new();
            headers.insert(EXPECTED, expected.to_string());
            headers.insert(EXPECTED_OF, self.names.events(other));
            headers.insert("Nats-Rollup", "sub");
            messages.push((self.names.guard(call.stream), headers, Bytes::new()));
        }
        let count = u32::try_from(call.bodies.len()).unwrap_or(u32::MAX);
        for (index, body) in (0..count).zip(&call.bodies) {
            let mut headers = HeaderMap::new();
            let link = Link { previous, index, count, call: call.call.clone() };
            headers.insert(link::HEADER, link.encode());
            if index == 0 {
                headers.insert(MESSAGE_ID, call.id.as_str());
                headers.insert(EXPECTED, previous.to_string());
            }
            messages.push((subject.clone(), headers, body.clone()));
        }
        let _turn = if messages.len() > 1 { self.batches.acquire().await.ok() } else { None };
        if messages.len() > 1 {
            let batch = self.connection.unique();
            for (place, (_, headers, _)) in messages.iter_mut().enumerate() {
                headers.insert(BATCH, batch.as_str());
                headers.insert(BATCH_SEQUENCE, (place + 1).to_string());
            }
        }
        let Some((subject, mut last, body)) = messages.pop() else {
            return Err(Trouble::Unsendable("the batch is empty".to_owned()));
        };
        if !messages.is_empty() {
            last.insert(BATCH_COMMIT, "1");
            self.connection.check_link()?;
        }
        for (subject, headers, body) in messages {
            // Without its last message a batch is nothing, so whatever goes wrong here, nothing was appended.
            let sent = self.connection.client().publish_with_headers(subject, headers, body).await;
            sent.map_err(|cause| match cause.kind() {
                async_nats::PublishErrorKind::Send => Trouble::NotConnected(cause.to_string()),
                _ => Trouble::Unsendable(cause.to_string()),
            })?;
        }
        let ack = self.connection.publish(subject, last, body).await?;
        Ok(if ack.duplicate { Sent::Known(ack.seq) } else { Sent::Stored(ack.seq) })
    }

    /// Where the batch of this id begins, if the engine remembers it.
    pub(super) async fn known(&self, call: &Call<'_>, doing: &str, patience: &mut Patience) -> Result<Option<u64>> {
        loop {
            // A message that is never stored: an id that is known is answered with its place before the engine looks
            // at the rollup, which it then refuses; so it is with one replica and with several. (A condition would not
            // do: with one replica it is judged first, and `Nats-Expected-Last-Msg-Id`, refused by nats-server 2.15.1
            // with several, leaves the whole stream without a writer: docs/cluster.md.)
            let mut headers = HeaderMap::new();
            headers.insert(MESSAGE_ID, call.id.as_str());
            headers.insert("Nats-Rollup", "none");
            match self.connection.publish(self.names.barrier.clone(), headers, Bytes::new()).await {
                Ok(ack) if ack.duplicate => return Ok(Some(ack.seq)),
                Ok(_) => {
                    let what = format!("{doing}: the server stored a message that it had to refuse");
                    return Err(Error::new(Code::Internal, what));
                }
                Err(trouble) if trouble.number() == number::NO_SUCH_ROLLUP => return Ok(None),
                Err(trouble) if may_pass(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(doing)),
            }
        }
    }

    /// The event at this place.
    pub(super) async fn event_at(&self, sequence: u64, doing: &str, patience: &mut Patience) -> Result<Found> {
        let question = json!({ "seq": sequence, "next_by_subj": self.names.all_events(), "batch": 1 });
        loop {
            match self.scan(&question).await {
                Ok(scanned) => match scanned.messages.into_iter().next() {
                    Some(found) if found.sequence == sequence => return Ok(found),
                    Some(_) => {
                        let what = format!("{doing}: event {sequence} was stored, and is gone");
                        return Err(Error::new(Code::Corrupt, what));
                    }
                    // The server that answered is behind.
                    None if patience.wait().await => {}
                    None => {
                        let what = format!("{doing}: no server has event {sequence} at the moment");
                        return Err(Error::new(Code::ServiceUnavailable, what));
                    }
                },
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(doing)),
            }
        }
    }
}

/// Whether trying again may help: a message with the same id may be under way.
fn may_pass(trouble: &Trouble) -> bool {
    passes(trouble) || trouble.number() == crate::failure::number::DUPLICATE_IN_PROGRESS
}
