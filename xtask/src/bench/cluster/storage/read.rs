//! Reads of a key, fresh or not.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::storage::{Key, Read};

use super::Stores;
use crate::bench::cluster::messages::bare_failed;
use crate::bench::cluster::{Case, now};
use crate::failure::Failure;

/// Reads of one key. What the adapter does for a strict one is to ask the leader of the stream and, where there are
/// replicas, to prove that it still is the leader; the bare client only asks it. A local one asks any server.
pub(super) struct Reading {
    pub(super) stores: Arc<Stores>,
    pub(super) read: Read,
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
