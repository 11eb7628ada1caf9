//! Rows of storage: conditional writes, appends, reads, commits, locks.
//!
//! The bare client writes into the very streams that the adapter made, under subjects of its own, so both sides have the
//! same limits, history and replicas.

mod lock;
mod read;
mod write;

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::jetstream::{self, stream::Stream};
use bytes::Bytes;
use foundation_core::event::{Event, EventSource, EventType, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{Bucket, Condition, EventLog, Key, KeyValue, Read, Revision, Write};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{NatsEventLog, NatsKeyValue};

use super::messages::bare_failed;
use super::{Case, PAYLOAD, Sides};
use crate::failure::Failure;
use lock::LockCycle;
use read::Reading;
use write::{BatchCommit, ConditionalWrite, EventAppend};

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
    Ok(vec![
        Box::new(ConditionalWrite::new(stores.clone()).await?),
        Box::new(BatchCommit { stores: stores.clone(), committed: 0 }),
        Box::new(EventAppend { stores: stores.clone(), appended: 0 }),
        Box::new(Reading { stores: stores.clone(), read: Read::Strict }),
        Box::new(Reading { stores: stores.clone(), read: Read::Local }),
        Box::new(LockCycle::new(stores)?),
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
