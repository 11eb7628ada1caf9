//! Rows of storage: conditional writes, appends, reads, commits.
//!
//! The bare client writes into the very streams that the adapter made, under subjects of its own, so both sides have the
//! same limits, history and replicas.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::{self, stream::Stream};
use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::event::{Event, EventSource, EventType, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{
    BatchId, Bucket, Condition, EventLog, Expect, Key, KeyValue, Read, Revision, StreamName, Write,
};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{NatsEventLog, NatsKeyValue};
use serde_json::Value;

use super::messages::bare_failed;
use super::{Case, PAYLOAD, Sides, now};
use crate::failure::Failure;

/// Keys of a commit.
const BATCH: usize = 10;
/// The header that tells which batch a message is part of, and those that count and close it.
const BATCH_HEADERS: [&str; 3] = ["Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"];
/// The stream of the bare client's appends.
const BARE_EVENTS: &str = "BARE_EVENTS";

/// What the rows share.
struct Stores {
    key_value: Arc<dyn KeyValue>,
    log: Arc<dyn EventLog>,
    bucket: Bucket,
    events: EventSource,
    /// What the subjects of the bucket's keys begin with.
    prefix: String,
    client: async_nats::Client,
    jetstream: jetstream::Context,
    /// The bucket's stream, as the bare client sees it.
    stream: Stream<()>,
    payload: Bytes,
}

/// The rows of this part.
pub(super) async fn cases(sides: &Sides) -> Result<Vec<Box<dyn Case>>, Failure> {
    let stores = Arc::new(Stores::open(sides).await?);
    let ours = stores.write(&Key::new("ours")?, Condition::Any).await?;
    let bare = stores.publish("bare", None).await?;
    Ok(vec![
        Box::new(ConditionalWrite { stores: stores.clone(), ours, bare }),
        Box::new(BatchCommit { stores: stores.clone(), committed: 0 }),
        Box::new(EventAppend { stores: stores.clone(), appended: 0 }),
        Box::new(Reading { stores: stores.clone(), read: Read::Strict }),
        Box::new(Reading { stores, read: Read::Local }),
    ])
}

impl Stores {
    async fn open(sides: &Sides) -> Result<Self, Failure> {
        let connection = &sides.ours[0];
        let key_value = NatsKeyValue::new(connection.clone());
        let log = NatsEventLog::open(connection).await?;
        let bucket = Bucket::new("bench")?;
        let payload = Bytes::from(vec![7; PAYLOAD]);
        // The bucket exists from its first write on.
        key_value.write(&bucket, Write::put(Key::new("first")?, payload.clone())).await?;

        let client = sides.bare[0].clone();
        let jetstream = jetstream::new(client.clone());
        let prefix = format!("$KV.foundation_{}_{bucket}.", connection.tenant());
        let name = jetstream.stream_by_subject(format!("{prefix}first")).await;
        let name = name.map_err(|error| bare_failed("look for the bucket's stream", &error))?;
        let stream = jetstream.get_stream_no_info(name).await;
        let stream = stream.map_err(|error| bare_failed("get of the bucket's stream", &error))?;
        let events = jetstream::stream::Config {
            name: BARE_EVENTS.to_owned(),
            subjects: vec![format!("{BARE_EVENTS}.>")],
            num_replicas: connection.settings().replicas,
            ..jetstream::stream::Config::default()
        };
        jetstream.create_stream(events).await.map_err(|error| bare_failed("creation of a stream", &error))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        Ok(Self {
            key_value: Arc::new(key_value),
            log: Arc::new(log),
            bucket,
            events: EventSource::new(clock, Arc::new(SystemEntropy::new()?), NodeId::new("bench")?),
            prefix,
            client,
            jetstream,
            stream,
            payload,
        })
    }

    async fn write(&self, key: &Key, condition: Condition) -> Result<Revision, Failure> {
        let write = Write::put(key.clone(), self.payload.clone()).when(condition);
        Ok(self.key_value.write(&self.bucket, write).await?)
    }

    /// Publishes a key's value, where the key's last sequence is `at`; answers the new one.
    async fn publish(&self, key: &str, at: Option<u64>) -> Result<u64, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(at) = at {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, at.to_string().as_str());
        }
        self.acknowledged(format!("{}{key}", self.prefix), headers, self.payload.clone()).await
    }

    async fn acknowledged(&self, subject: String, headers: HeaderMap, payload: Bytes) -> Result<u64, Failure> {
        let failed = |error| bare_failed("publish to a stream", &error);
        let sent = self.jetstream.publish_with_headers(subject, headers, payload).await.map_err(failed)?;
        Ok(sent.await.map_err(failed)?.sequence)
    }

    fn event(&self) -> Result<Event, Failure> {
        Ok(self.events.event(EventType::new("bench.event")?, 1, self.payload.clone()))
    }
}

/// Writes to one key, each on the condition that the one before is the latest.
struct ConditionalWrite {
    stores: Arc<Stores>,
    ours: Revision,
    bare: u64,
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
struct BatchCommit {
    stores: Arc<Stores>,
    committed: u64,
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
struct EventAppend {
    stores: Arc<Stores>,
    appended: u128,
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

/// Reads of one key. What the adapter does for a strict one is to ask the leader of the stream and, where there are
/// replicas, to prove that it still is the leader; the bare client only asks it. A local one asks any server.
struct Reading {
    stores: Arc<Stores>,
    read: Read,
}

#[async_trait]
impl Case for Reading {
    fn name(&self) -> &'static str {
        match self.read {
            Read::Strict => "strict_read",
            Read::Local => "local_read",
        }
    }

    fn times(&self) -> u32 {
        1_000
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let key = Key::new("first")?;
        let began = now();
        for _ in 0..times {
            let entry = self.stores.key_value.get(&self.stores.bucket, &key, self.read).await?;
            if entry.is_none() {
                return Err(Failure::new("the key that was written is not there"));
            }
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let subject = format!("{}first", self.stores.prefix);
        let stream = &self.stores.stream;
        let began = now();
        for _ in 0..times {
            match self.read {
                Read::Strict => drop(
                    stream
                        .get_last_raw_message_by_subject(&subject)
                        .await
                        .map_err(|error| bare_failed("read at the leader", &error))?,
                ),
                Read::Local => drop(
                    stream
                        .direct_get_last_for_subject(subject.as_str())
                        .await
                        .map_err(|error| bare_failed("direct read", &error))?,
                ),
            }
        }
        Ok(now().duration_since(began))
    }
}
