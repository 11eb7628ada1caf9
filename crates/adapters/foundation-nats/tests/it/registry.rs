//! The registry on the key-value store, with sessions that are leases: on one server and on three.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::coordination::LeaseSettings;
use foundation_core::event::{NodeId, ProcessRef};
use foundation_core::port::clock::{Clock, deadline};
use foundation_core::port::registry::{Metadata, Namespace, RegisteredName, Registry, RegistryChange};
use foundation_core::port::storage::KeyValue;
use foundation_core::registry::KeyValueRegistry;
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{NatsConnection, NatsKeyValue};
use foundation_testkit::{Unreliable, World};
use futures_util::StreamExt as _;

use crate::server::{OnServers, Servers, harness, runtime};

fn on(servers: Servers) -> Option<OnServers<dyn Registry>> {
    harness(servers, |runtime, connection| {
        Arc::new(KeyValueRegistry::leased(
            Arc::new(NatsKeyValue::new(connection.clone())),
            Arc::new(SystemEntropy::new().unwrap()),
            Arc::new(SystemClock::new()),
            Spawner::Tokio(runtime.handle().clone().into()),
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

/// The servers end the session of a node that does not renew it: its names are free, and watchers hear of it.
#[test]
fn the_names_of_a_dead_node_come_free() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        let runtime = runtime();
        runtime.block_on(async {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
            let spawner = Spawner::Tokio(runtime.handle().clone().into());
            let world = World { clock: Arc::clone(&clock), spawner: spawner.clone(), grain: Duration::ZERO };
            let connection = NatsConnection::open(settings, Arc::clone(&clock)).await.unwrap();
            let store: Arc<dyn KeyValue> = Arc::new(NatsKeyValue::new(connection));
            let far = Unreliable::new(Arc::clone(&store), &world, 1);
            let leased = |store, seconds| {
                let entropy = Arc::new(SystemEntropy::new().unwrap());
                let settings = LeaseSettings::seconds(seconds);
                KeyValueRegistry::leased(store, entropy, Arc::clone(&clock), spawner.clone(), settings)
            };
            let (dying, other) = (leased(Arc::clone(&far) as _, 2), leased(store, 20));
            let agents = Namespace::new("agents").unwrap();
            let names = ["a", "b", "c"].map(|text| RegisteredName::new(text).unwrap());
            let process = ProcessRef { process: 1, incarnation: 1 };
            let session = dying.open_session(&NodeId::new("n1").unwrap()).await.unwrap();
            for name in &names {
                dying.register(&session, &agents, name, process, Metadata::new()).await.unwrap();
            }
            let next = other.open_session(&NodeId::new("n2").unwrap()).await.unwrap();
            let mut changes = other.watch(&agents).await.unwrap();
            far.cut();
            let heard = async {
                let mut left: BTreeSet<RegisteredName> = BTreeSet::new();
                let mut is_current = false;
                while !is_current || !left.is_empty() {
                    match changes.next().await.unwrap().unwrap() {
                        RegistryChange::Registered(registration) => drop(left.insert(registration.name)),
                        RegistryChange::Released { name, .. } => drop(left.remove(&name)),
                        RegistryChange::Compacted => left.clear(),
                        RegistryChange::Current(_) => is_current = true,
                    }
                }
            };
            deadline(&*clock, clock.now() + Duration::from_secs(60), heard).await.expect("watchers hear of it");
            dying.session_over(&session).await;
            for name in &names {
                assert_eq!(other.lookup(&agents, name).await.unwrap(), None);
                other.register(&next, &agents, name, process, Metadata::new()).await.unwrap();
            }
        });
    }
}
