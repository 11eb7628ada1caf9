//! A message of a bucket's stream, as what it means: a value, or the trace of one that went.

use async_nats::{HeaderName, HeaderValue, Message, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use crate::failure::Trouble;

/// The headers that decide. Names that the client knows cost it nothing to repeat.
pub(super) mod header {
    use async_nats::HeaderName;
    pub(in crate::kv) use async_nats::header::{
        NATS_BATCH_COMMIT as BATCH_COMMIT, NATS_BATCH_ID as BATCH_ID, NATS_BATCH_SEQUENCE as BATCH_SEQUENCE,
        NATS_EXPECTED_LAST_SUBJECT_SEQUENCE as EXPECTED, NATS_MARKER_REASON as MARKER_REASON,
        NATS_MESSAGE_ID as MESSAGE_ID, NATS_MESSAGE_TTL as LIFE, NATS_ROLLUP as ROLLUP, NATS_SEQUENCE as SEQUENCE,
    };

    pub(in crate::kv) const EXPECTED_OF: HeaderName =
        HeaderName::from_static("Nats-Expected-Last-Subject-Sequence-Subject");
    pub(in crate::kv) const OPERATION: HeaderName = HeaderName::from_static("KV-Operation");
    /// The id of a commit that needs no remembering by the server.
    pub(in crate::kv) const COMMIT_ID: HeaderName = HeaderName::from_static("Foundation-Commit");

    /// A deletion of all that came before, in the words of NATS's own buckets.
    pub(in crate::kv) const PURGE: &str = "PURGE";
    const DELETE: &str = "DEL";
    pub(in crate::kv) const ROLLUP_SUBJECT: &str = "sub";

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
        Ok(Some(Self::new(seq, subject.to_owned(), message.payload, |name: &HeaderName| {
            headers.get(name.clone()).map(HeaderValue::as_str)
        })))
    }

    /// From a message that a consumer delivered.
    pub(super) fn from_delivery(message: Message, seq: u64) -> Self {
        let headers = message.headers.unwrap_or_default();
        Self::new(seq, message.subject.to_string(), message.payload, |name: &HeaderName| {
            headers.get(name.clone()).map(HeaderValue::as_str)
        })
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
        Ok(Self::new(seq, subject, decode(data)?.into(), |name| in_block(&block, AsRef::<str>::as_ref(name))))
    }

    fn new<'a>(seq: u64, subject: String, value: Bytes, header: impl Fn(&HeaderName) -> Option<&'a str>) -> Self {
        let kind = if header(&header::MARKER_REASON).is_some() {
            Kind::Expired
        } else if header(&header::OPERATION).is_some_and(header::is_deletion) {
            Kind::Deleted
        } else {
            Kind::Value
        };
        let id = header(&header::COMMIT_ID).or_else(|| header(&header::MESSAGE_ID)).map(str::to_owned);
        let rolled_up = header(&header::ROLLUP).is_some();
        Self { seq, subject, kind, value, id, rolled_up }
    }
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
