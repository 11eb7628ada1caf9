//! The storage and messaging ports on NATS and its JetStream.

mod connection;

mod kv;
mod log;
mod messaging;

mod failure;
mod names;
mod settings;

pub use connection::{LinkState, NatsConnection, NatsHealth};
pub use kv::NatsKeyValue;
pub use log::NatsEventLog;
pub use messaging::NatsMessaging;
pub use names::Tenant;
pub use settings::{NatsAuth, NatsSettings, NatsTls, Secret};
