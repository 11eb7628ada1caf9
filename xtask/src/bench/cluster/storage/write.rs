//! Writes: on a condition, of many keys at once, and of events.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_trait::async_trait;
use foundation_core::port::storage::{BatchId, Condition, Expect, Key, Revision, StreamName, Write};
use serde_json::Value;

use super::{BARE_EVENTS, Stores};
use crate::bench::cluster::messages::bare_failed;
use crate::bench::cluster::{Case, now};
use crate::failure::Failure;

/// Keys of a commit.
const BATCH: usize = 10;
/// The header that tells which batch a message is part of, and those that count and close it.
const BATCH_HEADERS: [&str; 3] = ["Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"];

/// Writes to one key, each on the condition that the one before is the latest.
pub(super) struct ConditionalWrite {
    stores: Arc<Stores>,
    ours: Revision,
    bare: u64,
}

impl ConditionalWrite {
    /// Both keys have their first value.
    pub(super) async fn new(stores: Arc<Stores>) -> Result<Self, Failure> {
        let ours = stores.write(&Key::new("ours")?, Condition::Any).await?;
        let bare = stores.publish("bare", None).await?;
        Ok(Self { stores, ours, bare })
    }
}

#[async_trait]
impl Case for ConditionalWrite {
    fn name(&self) -> &'static str {
        "conditional_write"
    }

    fn times(&self) -> u32 {
        1_000
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let key = Key::new("ours")?;
        let began = now();
        for _ in 0..times {
            self.ours = self.stores.write(&key, Condition::At(self.ours)).await?;
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let began = now();
        for _ in 0..times {
            self.bare = self.stores.publish("bare", Some(self.bare)).await?;
        }
        Ok(now().duration_since(began))
    }
}

/// Atomic commits of ten keys.
pub(super) struct BatchCommit {
    pub(super) stores: Arc<Stores>,
    pub(super) committed: u64,
}

#[async_trait]
impl Case for BatchCommit {
    fn name(&self) -> &'static str {
        "batch_commit_10"
    }

    fn times(&self) -> u32 {
        300
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let keys: Vec<Key> = (0..BATCH).map(|n| Key::new(format!("ours-{n}"))).collect::<Result<_, _>>()?;
        let began = now();
        for _ in 0..times {
            let writes = keys.iter().map(|key| Write::put(key.clone(), self.stores.payload.clone())).collect();
            self.stores.key_value.commit(&self.stores.bucket, writes).await?;
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let stores = self.stores.clone();
        let began = now();
        for _ in 0..times {
            self.committed += 1;
            for n in 0..BATCH {
                let mut headers = HeaderMap::new();
                let [id, sequence, commit] = BATCH_HEADERS;
                headers.insert(id, format!("bare-{}", self.committed).as_str());
                headers.insert(sequence, (n + 1).to_string().as_str());
                let (subject, payload) = (format!("{}bare-{n}", stores.prefix), stores.payload.clone());
                if n + 1 < BATCH {
                    let sent = stores.client.publish_with_headers(subject, headers, payload).await;
                    sent.map_err(|error| bare_failed("publish", &error))?;
                } else {
                    headers.insert(commit, "1");
                    let answer = stores.client.request_with_headers(subject, headers, payload).await;
                    let answer = answer.map_err(|error| bare_failed("commit", &error))?;
                    let said: Value = serde_json::from_slice(&answer.payload)
                        .map_err(|error| bare_failed("commit's answer", &error))?;
                    if said["count"].as_u64() != Some(BATCH as u64) {
                        return Err(bare_failed("commit", &said));
                    }
                }
            }
        }
        Ok(now().duration_since(began))
    }
}

/// Appends of one event, each acknowledged before the next.
pub(super) struct EventAppend {
    pub(super) stores: Arc<Stores>,
    pub(super) appended: u128,
}

#[async_trait]
impl Case for EventAppend {
    fn name(&self) -> &'static str {
        "event_append"
    }

    fn times(&self) -> u32 {
        1_000
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let stream = StreamName::new("bench")?;
        let began = now();
        for _ in 0..times {
            self.appended += 1;
            let batch = BatchId(self.appended);
            self.stores.log.append(&stream, batch, vec![self.stores.event()?], Expect::Any).await?;
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let subject = format!("{BARE_EVENTS}.bench");
        let began = now();
        for _ in 0..times {
            self.appended += 1;
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, self.appended.to_string().as_str());
            self.stores.acknowledged(subject.clone(), headers, self.stores.payload.clone()).await?;
        }
        Ok(now().duration_since(began))
    }
}
