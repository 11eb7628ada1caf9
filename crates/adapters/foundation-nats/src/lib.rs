//! The storage and messaging ports on NATS and its JetStream.

mod connection;
mod messaging;

mod failure;
mod names;
mod settings;

pub use connection::{LinkState, NatsConnection, NatsHealth};
pub use messaging::NatsMessaging;
pub use names::Tenant;
pub use settings::{NatsAuth, NatsSettings, NatsTls, Secret};
