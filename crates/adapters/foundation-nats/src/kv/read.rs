//! Reading one key.
//!
//! # What makes a strict read fresh
//! With one replica there is one copy. It holds a write before the write is acknowledged, so whoever asks it after that
//! finds the write: a plain read is enough, and there is nobody who could answer from an older state.
//!
//! With several, a follower may lag, and a leader that was replaced may not know it yet and answer for a moment. So a
//! read asks the leader and then proves the answer: it publishes to the bucket's barrier on the condition that the key
//! still has the sequence that was read. That the stream takes the message means that a majority agreed to it, at a
//! moment when the key had this value; that moment lies within the read, which is what linearizable means. If the
//! condition is refused the key has changed, and the read begins anew. A key that changes all the time would be read in
//! vain for ever; so from the second try on a mark is put into the stream first. An answer from behind the mark is fresh
//! without further proof: whoever gave it has all that was acknowledged before the read.

use std::time::Duration;

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use foundation_core::Result;
use foundation_core::port::storage::{Entry, Key, Read, Revision};
use serde_json::json;

use super::bucket::OpenBucket;
use super::stored::{Got, Kind, Stored, header};
use crate::failure::{Trouble, number};

/// How long to wait for a write to the same key that is under way.
pub(super) const PAUSE: Duration = Duration::from_millis(2);

pub(super) async fn get(bucket: &OpenBucket, key: &Key, read: Read) -> Result<Option<Entry>, Trouble> {
    let subject = bucket.subject(key);
    let stored = match read {
        _ if bucket.is_alone => bucket.anybodys_last(&subject).await?,
        Read::Strict => return Box::pin(strict(bucket, key, &subject)).await,
        Read::Local => {
            let found = bucket.anybodys_last(&subject).await?;
            if found.as_ref().map_or(0, |stored| stored.seq) < bucket.own.least(key.as_str()) {
                // It may lack a write of one's own.
                return Box::pin(strict(bucket, key, &subject)).await;
            }
            found
        }
    };
    Ok(stored.and_then(|stored| entry(bucket, key, stored)))
}

async fn strict(bucket: &OpenBucket, key: &Key, subject: &str) -> Result<Option<Entry>, Trouble> {
    let clock = bucket.connection.clock();
    let until = clock.now() + bucket.connection.settings().answer_timeout;
    let mut mark = u64::MAX;
    loop {
        let found = bucket.leaders_last(subject).await?;
        let seq = found.as_ref().map_or(0, |stored| stored.seq);
        if seq > mark || bucket.stands(subject, seq).await? {
            return Ok(found.and_then(|stored| entry(bucket, key, stored)));
        }
        if clock.now() >= until {
            return Err(Trouble::Lost("the key changes faster than it can be read".to_owned()));
        }
        mark = bucket.frontier().await?.seq;
    }
}

/// What a message says of its key; takes note of it.
fn entry(bucket: &OpenBucket, key: &Key, stored: Stored) -> Option<Entry> {
    bucket.meet(stored.seq);
    (stored.kind == Kind::Value).then(|| {
        bucket.values.insert(stored.seq);
        Entry { key: key.clone(), value: stored.value, revision: Revision(stored.seq) }
    })
}

impl OpenBucket {
    /// The last message of a subject, by whichever server of the stream is asked.
    pub(super) async fn anybodys_last(&self, subject: &str) -> Result<Option<Stored>, Trouble> {
        let ask = format!("$JS.API.DIRECT.GET.{}.{subject}", self.stream);
        let answer = self.connection.request(ask, None, Bytes::new()).await?;
        Stored::from_direct(answer, subject)
    }

    /// The last message of a subject, by the stream's leader.
    pub(super) async fn leaders_last(&self, subject: &str) -> Result<Option<Stored>, Trouble> {
        self.message(&json!({ "last_by_subj": subject })).await
    }

    /// The last message of a subject, by whoever is as good as the leader.
    pub(super) async fn latest(&self, subject: &str) -> Result<Option<Stored>, Trouble> {
        if self.is_alone { self.anybodys_last(subject).await } else { self.leaders_last(subject).await }
    }

    /// The message with a sequence, by the stream's leader.
    pub(super) async fn at(&self, seq: u64) -> Result<Option<Stored>, Trouble> {
        self.message(&json!({ "seq": seq })).await
    }

    /// The first message of a subject from a sequence on, by the stream's leader.
    pub(super) async fn next(&self, subject: &str, from: u64) -> Result<Option<Stored>, Trouble> {
        self.message(&json!({ "seq": from, "next_by_subj": subject })).await
    }

    async fn message(&self, question: &serde_json::Value) -> Result<Option<Stored>, Trouble> {
        let answer: Result<Got, Trouble> =
            self.connection.api(&format!("STREAM.MSG.GET.{}", self.stream), question).await;
        match answer {
            Ok(got) => Stored::from_api(got).map(Some),
            Err(Trouble::Refused(refusal)) if refusal.err_code == number::MESSAGE_NOT_FOUND => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Whether a subject's last sequence is `seq` (0 for none), by a majority.
    pub(super) async fn stands(&self, subject: &str, seq: u64) -> Result<bool, Trouble> {
        let clock = self.connection.clock();
        let until = clock.now() + self.connection.settings().answer_timeout;
        loop {
            let mut headers = HeaderMap::new();
            headers.insert(header::EXPECTED, HeaderValue::from(seq));
            headers.insert(header::EXPECTED_OF, subject);
            match self.connection.publish(self.barrier(), headers, Bytes::new()).await {
                Ok(ack) => {
                    self.meet(ack.seq);
                    return Ok(true);
                }
                Err(Trouble::Refused(refusal)) if refusal.err_code == number::WRONG_LAST_SEQUENCE => return Ok(false),
                // Another write to the subject is under way: which of them is first is decided in a moment.
                Err(Trouble::Refused(refusal)) if refusal.is_conflict() && clock.now() < until => {}
                Err(trouble) => return Err(trouble),
            }
            clock.sleep(PAUSE).await;
        }
    }

    /// A sequence above all that was acknowledged before this call, by a majority where there is one.
    pub(super) async fn frontier(&self) -> Result<Frontier, Trouble> {
        let frontier = if self.is_alone {
            Frontier { seq: self.last_sequence().await?, barrier: None }
        } else {
            let barrier = self.barrier();
            let ack = self.connection.publish(barrier.clone(), HeaderMap::new(), Bytes::new()).await?;
            Frontier { seq: ack.seq, barrier: Some(barrier) }
        };
        self.meet(frontier.seq);
        Ok(frontier)
    }
}

/// A place in the stream, and the subject of the message that marks it, where there is one.
#[derive(Debug)]
pub(super) struct Frontier {
    pub(super) seq: u64,
    pub(super) barrier: Option<String>,
}
