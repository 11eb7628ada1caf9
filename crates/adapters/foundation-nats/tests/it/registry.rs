//! The registry on the key-value store, with sessions that are leases: on one server and on three.

use std::sync::Arc;

use foundation_core::coordination::LeaseSettings;
use foundation_core::port::registry::Registry;
use foundation_core::registry::KeyValueRegistry;
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::NatsKeyValue;

use crate::server::{OnServers, Servers, harness};

fn on(servers: Servers) -> Option<OnServers<dyn Registry>> {
    harness(servers, |runtime, connection| {
        Arc::new(KeyValueRegistry::leased(
            Arc::new(NatsKeyValue::new(connection.clone())),
            Arc::new(SystemEntropy::new().unwrap()),
            Arc::new(SystemClock::new()),
            foundation_core::Spawner::Tokio(runtime.handle().clone().into()),
            LeaseSettings::default(),
        ))
    })
}

mod one_server {
    use super::{Servers, on};

    foundation_testkit::registry_contract!(|_| on(Servers::One));
}

mod three_servers {
    use super::{Servers, on};

    foundation_testkit::registry_contract!(|_| on(Servers::Three));
}
