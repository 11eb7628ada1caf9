//! The storage and messaging ports on NATS and its JetStream: what several processes share.
//!
//! A [`NatsConnection`] is one tenant's link to a server or a cluster; the ports stand on it:
//!
//! | port | type | on the server |
//! |---|---|---|
//! | `KeyValue` | [`NatsKeyValue`] | a stream for each bucket |
//! | `EventLog` | [`NatsEventLog`] | one stream for all streams of events |
//! | `Messaging` | [`NatsMessaging`] | plain subjects |
//!
//! A `Registry`, leases and locks come from foundation-core, on the key-value store.
//!
//! ```
//! use std::sync::Arc;
//!
//! use foundation_core::port::storage::{Bucket, Condition, Key, KeyValue, Read, Write};
//! use foundation_memory::SystemClock;
//! use foundation_nats::{NatsConnection, NatsKeyValue, NatsSettings};
//! # use foundation_nats_server::{NatsServer, ServerSettings, find_or_skip};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let Some(binary) = find_or_skip("the example of foundation-nats") else { return Ok(()) };
//! # let server = NatsServer::start(ServerSettings::new(binary))?;
//! # let url = server.url();
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! // `NatsSettings::default()` is a server on this machine.
//! let connection = NatsConnection::open(NatsSettings::at(url), Arc::new(SystemClock::new())).await?;
//! let store = NatsKeyValue::new(connection);
//!
//! let (bucket, owner) = (Bucket::new("owners")?, Key::new("agent.7")?);
//! let first = store.write(&bucket, Write::put(owner.clone(), "node-a").when(Condition::Absent)).await?;
//! // Whoever names the revision that stands takes over, and nobody else.
//! store.write(&bucket, Write::put(owner.clone(), "node-b").when(Condition::At(first))).await?;
//! let late = store.write(&bucket, Write::put(owner.clone(), "node-c").when(Condition::At(first))).await;
//! assert!(late.is_err());
//!
//! let entry = store.get(&bucket, &owner, Read::Strict).await?;
//! assert_eq!(entry.map(|entry| entry.value), Some("node-b".into()));
//! # Ok(()) }) }
//! ```
//!
//! # Safe by default
//! A link beyond this machine has to be encrypted and to have credentials, or [`NatsSettings`] say that it need not. More
//! replicas than the cluster has servers are refused. Secrets show in no log, error or `Debug` output.
//!
//! # What an acknowledgement means
//! As much as the server's: with one replica, that the server has it; with several, that a majority has. That it is on
//! the disks as well is a setting of the servers (`jetstream { sync_interval: always }`); their default syncs every two
//! minutes, so that what was acknowledged survives the end of a server's process and not the loss of its power.
//!
//! An answer that is lost is asked after, and called `OutcomeUnknown` only where nothing tells. That nobody answers while
//! a leader is being elected is `ServiceUnavailable`, and never taken to mean that something does not exist.
//!
//! # What it is not
//! No administration: streams are made with what they need and adjusted where that is safe; moving, scaling and backups
//! are the operator's. The official client's own key-value layer is not used: it loses the time to live of a key that is
//! created over the trace of an older one, and reads from followers.
//!
//! Reading order: `settings`, `connection`, then `kv` from `plan` to `watch`, `log`, `messaging`.

mod settings;

mod connection;

mod kv;
mod log;
mod messaging;

mod failure;
mod names;

pub use connection::{LinkState, NatsConnection, NatsHealth};
pub use kv::NatsKeyValue;
pub use log::{NatsConsumer, NatsEventLog};
pub use messaging::NatsMessaging;
pub use names::Tenant;
pub use settings::{NatsAuth, NatsSettings, NatsTls, Secret};
