//! Coordination over the key-value store, on one server and on three.

use std::sync::Arc;

use foundation_core::port::storage::KeyValue;
use foundation_nats::NatsKeyValue;

use crate::server::{OnServers, Servers, harness};

fn on(servers: Servers) -> Option<OnServers<dyn KeyValue>> {
    harness(servers, |_, connection| Arc::new(NatsKeyValue::new(connection.clone())))
}

mod one_server {
    use super::{Servers, on};

    foundation_testkit::coordination_contract!(|_| on(Servers::One));
}

mod three_servers {
    use super::{Servers, on};

    foundation_testkit::coordination_contract!(|_| on(Servers::Three));
}
