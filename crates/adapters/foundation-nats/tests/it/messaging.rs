//! Messaging keeps the contract of its port, on one server and on three.

use std::sync::Arc;

use foundation_core::port::messaging::Messaging;
use foundation_nats::{NatsConnection, NatsMessaging};
use tokio::runtime::Runtime;

use crate::server::{OnServers, Servers, harness};

fn open(_: &Runtime, connection: &NatsConnection) -> Arc<dyn Messaging> {
    Arc::new(NatsMessaging::new(connection))
}

mod on_one {
    use super::*;

    fn make(_seed: u64) -> Option<OnServers<dyn Messaging>> {
        harness(Servers::One, open)
    }

    foundation_testkit::messaging_contract!(make);
}

mod on_three {
    use super::*;

    fn make(_seed: u64) -> Option<OnServers<dyn Messaging>> {
        harness(Servers::Three, open)
    }

    foundation_testkit::messaging_contract!(make);
}
