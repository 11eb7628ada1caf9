//! A message of a bucket's stream, as what it means: a value, or the trace of one that went.

use async_nats::{HeaderMap, Message, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use crate::failure::Trouble;

/// The headers that decide.
pub(super) mod header {
    pub(in crate::kv) const OPERATION: &str = "KV-Operation";
    /// A deletion of all that came before, in the words of NATS's own buckets.
    pub(in crate::kv) const PURGE: &str = "PURGE";
    const DELETE: &str = "DEL";
    /// Set by the server on the trace that it leaves of an expired value.
    pub(in crate::kv) const MARKER_REASON: &str = "Nats-Marker-Reason";
    pub(in crate::kv) const MESSAGE_ID: &str = "Nats-Msg-Id";
    pub(in crate::kv) const SEQUENCE: &str = "Nats-Sequence";
    pub(in crate::kv) const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";
    pub(in crate::kv) const EXPECTED_OF: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
    pub(in crate::kv) const LIFE: &str = "Nats-TTL";
    pub(in crate::kv) const ROLLUP: &str = "Nats-Rollup";
    pub(in crate::kv) const ROLLUP_SUBJECT: &str = "sub";
    pub(in crate::kv) const BATCH_ID: &str = "Nats-Batch-Id";
    pub(in crate::kv) const BATCH_SEQUENCE: &str = "Nats-Batch-Sequence";
    pub(in crate::kv) const BATCH_COMMIT: &str = "Nats-Batch-Commit";

    pub(in crate::kv) fn is_deletion(operation: &str) -> bool {
        matches!(operation, PURGE | DELETE)
    }
}

/// What a message says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Value,
    Deleted,
    Expired,
}

/// A message as it lies in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) seq: u64,
    pub(super) subject: String,
    pub(super) kind: Kind,
    pub(super) value: Bytes,
    /// The id that its writer gave it.
    pub(super) id: Option<String>,
    /// Whether it removed all earlier messages of its subject.
    pub(super) rolled_up: bool,
}

/// What the server answers to `STREAM.MSG.GET`.
#[derive(Deserialize)]
pub(super) struct Got {
    message: GotMessage,
}

#[derive(Deserialize)]
struct GotMessage {
    subject: String,
    seq: u64,
    #[serde(default)]
    hdrs: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

impl Stored {
    /// From the answer to a direct get; `None` where there is no such message.
    pub(super) fn from_direct(message: Message, subject: &str) -> Result<Option<Self>, Trouble> {
        match message.status {
            None => {}
            Some(StatusCode::NOT_FOUND) => return Ok(None),
            Some(status) => {
                let why = message.description.unwrap_or_default();
                return Err(Trouble::Garbled(format!("a direct get answered {} {why}", status.as_u16())));
            }
        }
        let headers = message.headers.unwrap_or_default();
        let seq = headers.get(header::SEQUENCE).and_then(|value| value.as_str().parse().ok());
        let Some(seq) = seq else {
            return Err(Trouble::Garbled("a direct get answered no sequence".to_owned()));
        };
        Ok(Some(Self::new(seq, subject.to_owned(), message.payload, |name| in_map(&headers, name))))
    }

    /// From a message that a consumer delivered.
    pub(super) fn from_delivery(message: Message, seq: u64) -> Self {
        let headers = message.headers.unwrap_or_default();
        Self::new(seq, message.subject.to_string(), message.payload, |name| in_map(&headers, name))
    }

    /// From the answer to `STREAM.MSG.GET`.
    pub(super) fn from_api(got: Got) -> Result<Self, Trouble> {
        let decode = |text: Option<String>| {
            let text = text.unwrap_or_default();
            STANDARD.decode(text).map_err(|cause| Trouble::Garbled(format!("a stored message: {cause}")))
        };
        let GotMessage { subject, seq, hdrs, data } = got.message;
        let block = decode(hdrs)?;
        let block = String::from_utf8_lossy(&block);
        Ok(Self::new(seq, subject, decode(data)?.into(), |name| in_block(&block, name)))
    }

    fn new<'a>(seq: u64, subject: String, value: Bytes, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let kind = if header(header::MARKER_REASON).is_some() {
            Kind::Expired
        } else if header(header::OPERATION).is_some_and(header::is_deletion) {
            Kind::Deleted
        } else {
            Kind::Value
        };
        let id = header(header::MESSAGE_ID).map(str::to_owned);
        let rolled_up = header(header::ROLLUP).is_some();
        Self { seq, subject, kind, value, id, rolled_up }
    }
}

fn in_map<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(async_nats::HeaderValue::as_str)
}

/// Finds a header in a block as it lies in the stream: a first line with the version, then `name: value` lines.
fn in_block<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests;
