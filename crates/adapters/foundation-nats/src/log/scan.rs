//! Reading messages out of the engine's stream, by the server's direct gets.
//!
//! Any server that holds a copy answers, also one that is behind; so nothing here says that there is no more. Whoever
//! asks knows by the chain and the head whether the answer is all there is.

use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use foundation_core::port::clock::deadline;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::Core;
use crate::failure::{Refusal, Trouble};

/// A message as the stream has it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) subject: String,
    pub(super) sequence: u64,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

impl Found {
    /// When the server took it, in seconds since 1970 on the clock of the leader of that time.
    pub(super) fn seconds(&self) -> Option<i64> {
        let text = self.headers.get("Nats-Time-Stamp")?;
        async_nats::datetime::parse_rfc3339(text.as_str()).ok().map(|time| time.unix_timestamp())
    }
}

/// One answer.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) messages: Vec<Found>,
    /// How far the server that answered had come, where it said so.
    pub(super) up_to: Option<u64>,
}

impl Core {
    /// Asks for messages.
    pub(super) async fn scan(&self, question: &Value) -> Result<Scanned, Trouble> {
        self.connection.check_link()?;
        let (clock, waited) = (self.connection.clock(), self.connection.settings().answer_timeout);
        match deadline(&**clock, clock.now() + waited, self.ask(question)).await {
            Ok(scanned) => scanned,
            Err(_) => Err(Trouble::Lost(format!("no whole answer within {waited:?}"))),
        }
    }

    async fn ask(&self, question: &Value) -> Result<Scanned, Trouble> {
        let client = self.connection.client();
        let inbox = client.new_inbox();
        let lost = |why: String| Trouble::Lost(why);
        let mut answers = client.subscribe(inbox.clone()).await.map_err(|cause| lost(cause.to_string()))?;
        let body = Bytes::from(question.to_string());
        let subject = format!("$JS.API.DIRECT.GET.{}", self.names.store);
        client.publish_with_reply(subject, inbox, body).await.map_err(|cause| lost(cause.to_string()))?;
        let mut scanned = Scanned::default();
        while let Some(message) = answers.next().await {
            match message.status.map(|status| status.as_u16()) {
                None => scanned.messages.push(found(message)?),
                Some(204) => {
                    scanned.up_to = message.headers.as_ref().and_then(|headers| number(headers, "Nats-UpTo-Sequence"));
                    return Ok(scanned);
                }
                Some(404) => return Ok(scanned),
                Some(503) => return Err(Trouble::NoResponders),
                Some(code) => {
                    let description = message.description.unwrap_or_default();
                    return Err(Trouble::Refused(Refusal { code, err_code: 0, description }));
                }
            }
        }
        Err(lost("the connection was closed".to_owned()))
    }
}

fn found(message: Message) -> Result<Found, Trouble> {
    let headers = message.headers.unwrap_or_default();
    let sequence = number(&headers, "Nats-Sequence");
    let subject = headers.get("Nats-Subject").map(|subject| subject.as_str().to_owned());
    match (sequence, subject) {
        (Some(sequence), Some(subject)) => Ok(Found { subject, sequence, headers, payload: message.payload }),
        _ => Err(Trouble::Garbled("a message of a stream without its place".to_owned())),
    }
}

/// A number that a header holds.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.as_str().parse().ok()
}
