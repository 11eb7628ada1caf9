//! Locks, which are domain code over the key-value store.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::Spawner;
use foundation_core::coordination::{Coordination, CoordinationName, CoordinationParts};
use foundation_core::event::NodeId;
use foundation_memory::{SystemClock, SystemEntropy};

use super::Stores;
use crate::bench::cluster::{Case, now};
use crate::failure::Failure;

/// The bucket that locks are in.
const COORDINATION: &str = "coordination";

/// A lock that is taken and released. The bare client writes a record that expires and deletes it, each on the condition
/// that nobody else has written.
pub(super) struct LockCycle {
    coordination: Coordination,
    stores: Arc<Stores>,
    bare: u64,
}

impl LockCycle {
    pub(super) fn new(stores: Arc<Stores>) -> Result<Self, Failure> {
        let coordination = Coordination::new(CoordinationParts {
            store: stores.key_value.clone(),
            clock: Arc::new(SystemClock::new()),
            spawner: Spawner::current().map_err(|error| Failure::new(error.to_string()))?,
            entropy: Arc::new(SystemEntropy::new()?),
            node: NodeId::new("bench")?,
        });
        Ok(Self { coordination, stores, bare: 0 })
    }
}

#[async_trait]
impl Case for LockCycle {
    fn name(&self) -> &'static str {
        "lock_take_release"
    }

    fn times(&self) -> u32 {
        300
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let lock = self.coordination.lock(&CoordinationName::new("bench")?)?;
        let began = now();
        for _ in 0..times {
            let Some(lease) = lock.try_take().await? else {
                return Err(Failure::new("somebody else has the lock of the benchmark"));
            };
            lease.release().await?;
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let prefix = self.stores.prefix.replace(self.stores.bucket.as_str(), COORDINATION);
        let subject = format!("{prefix}bare");
        let began = now();
        for _ in 0..times {
            for (header, value, payload) in
                [("Nats-TTL", "15s", self.stores.payload.clone()), ("KV-Operation", "DEL", Bytes::new())]
            {
                let mut headers = HeaderMap::new();
                headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, self.bare.to_string().as_str());
                headers.insert(header, value);
                self.bare = self.stores.acknowledged(subject.clone(), headers, payload).await?;
            }
        }
        Ok(now().duration_since(began))
    }
}
