//! Names: the registry in memory, and behind the port; groups; on a key-value store its contract, what it does when
//! answers are lost, sessions that run out, and the read view.

mod groups;
mod leased;
mod local;
mod lost;
mod model;
mod shared;
mod view;
mod words;

use std::sync::Arc;

use foundation_core::event::{NodeId, ProcessRef};
use foundation_core::port::registry::{Metadata, Namespace, RegisteredName, Registry, Session};
use foundation_core::registry::KeyValueRegistry;
use foundation_memory::{MemoryKeyValue, Simulation};
use foundation_testkit::{Interleaved, Simulated};

/// Every step of the registry can be interrupted by any other, in an order that the seed draws.
mod contract {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn Registry> {
        Simulated::<dyn Registry>::new(seed, |world| {
            let store = Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock())));
            Arc::new(KeyValueRegistry::new(Arc::new(store), world.entropy()))
        })
    }

    foundation_testkit::registry_contract!(make, seeds = 24);
}

fn node(text: &str) -> NodeId {
    NodeId::new(text).unwrap()
}

fn agents() -> Namespace {
    Namespace::new("agents").unwrap()
}

fn name(text: &str) -> RegisteredName {
    RegisteredName::new(text).unwrap()
}

fn life(process: u64, incarnation: u64) -> ProcessRef {
    ProcessRef { process, incarnation }
}

async fn register(
    registry: &dyn Registry,
    session: &Session,
    text: &str,
    process: ProcessRef,
) -> foundation_core::Result<()> {
    registry.register(session, &agents(), &name(text), process, Metadata::new()).await.map(drop)
}

async fn owner(registry: &dyn Registry, text: &str) -> Option<ProcessRef> {
    Some(registry.lookup(&agents(), &name(text)).await.unwrap()?.owner.process)
}

#[test]
fn a_later_life_takes_over_what_an_earlier_one_has() {
    let world = Simulation::new(1);
    let registry = KeyValueRegistry::new(Arc::new(MemoryKeyValue::new(world.clock())), world.entropy());
    world.block_on(async {
        let session = registry.open_session(&node("n1")).await.unwrap();
        register(&registry, &session, "a", life(1, 1)).await.unwrap();
        register(&registry, &session, "a", life(1, 2)).await.unwrap();
        assert_eq!(registry.release_all(&session, life(1, 1)).await.unwrap(), 0);
        assert_eq!(owner(&registry, "a").await, Some(life(1, 2)));
        let late = register(&registry, &session, "a", life(1, 1)).await.unwrap_err();
        assert_eq!(late.code(), foundation_core::Code::NameTaken);
    });
}

/// An instance that did not open the session has no notes and searches the store instead.
#[test]
fn another_instance_releases_by_searching() {
    let world = Simulation::new(2);
    let store = Arc::new(MemoryKeyValue::new(world.clock()));
    let opener = KeyValueRegistry::new(Arc::clone(&store) as _, world.entropy());
    let other = KeyValueRegistry::new(store, world.entropy());
    world.block_on(async {
        let session = opener.open_session(&node("n1")).await.unwrap();
        for text in ["a", "b", "c"] {
            register(&opener, &session, text, life(1, 1)).await.unwrap();
        }
        register(&opener, &session, "kept", life(2, 1)).await.unwrap();
        assert!(other.unregister(&session, &agents(), &name("a"), life(1, 1)).await.unwrap());
        assert_eq!(other.release_all(&session, life(1, 1)).await.unwrap(), 2);
        assert_eq!(opener.release_all(&session, life(1, 1)).await.unwrap(), 0);
        let left = other.list(&agents()).await.unwrap();
        assert_eq!(left.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["kept"]);
    });
}
