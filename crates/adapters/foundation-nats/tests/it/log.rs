//! The event log keeps the contract of its port, on one server and on three, and what durable logs owe beyond.

use std::sync::Arc;

use foundation_core::port::storage::EventLog;
use foundation_nats::{NatsConnection, NatsEventLog};
use tokio::runtime::Runtime;

use crate::server::{OnServers, Servers, harness};

pub(crate) fn open(runtime: &Runtime, connection: &NatsConnection) -> Arc<dyn EventLog> {
    Arc::new(runtime.block_on(NatsEventLog::open(connection)).unwrap())
}

mod on_one {
    use super::*;

    fn make(_seed: u64) -> Option<OnServers<dyn EventLog>> {
        harness(Servers::One, open)
    }

    foundation_testkit::event_log_contract!(make);
    foundation_testkit::event_log_durable_contract!(make);
}

mod on_three {
    use super::*;

    fn make(_seed: u64) -> Option<OnServers<dyn EventLog>> {
        harness(Servers::Three, open)
    }

    foundation_testkit::event_log_contract!(make);
    foundation_testkit::event_log_durable_contract!(make);
}
