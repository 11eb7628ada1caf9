//! What every [`Registry`] owes.

mod names;
mod racing;
mod sessions;
mod watching;

use foundation_core::event::{NodeId, ProcessRef};
use foundation_core::port::registry::{Metadata, Namespace, RegisteredName, Registration, Registry, Session};

pub use names::*;
pub use racing::*;
pub use sessions::*;
pub use watching::*;

fn node(text: &str) -> NodeId {
    NodeId::new(text).unwrap()
}

fn agents() -> Namespace {
    Namespace::new("agents").unwrap()
}

fn name(text: &str) -> RegisteredName {
    RegisteredName::new(text).unwrap()
}

/// The first life of a process.
fn process(number: u64) -> ProcessRef {
    ProcessRef { process: number, incarnation: 1 }
}

fn words(pairs: &[(&str, &str)]) -> Metadata {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn open(registry: &dyn Registry, of: &str) -> Session {
    registry.open_session(&node(of)).await.unwrap()
}

async fn registered(registry: &dyn Registry, session: &Session, text: &str, process: ProcessRef) -> Registration {
    registry.register(session, &agents(), &name(text), process, Metadata::new()).await.unwrap()
}

/// Which process owns a name.
async fn owner(registry: &dyn Registry, text: &str) -> Option<ProcessRef> {
    Some(registry.lookup(&agents(), &name(text)).await.unwrap()?.owner.process)
}

/// The names of the namespace.
async fn listed(registry: &dyn Registry) -> Vec<String> {
    let found = registry.list(&agents()).await.unwrap();
    found.into_iter().map(|registration| registration.name.as_str().to_owned()).collect()
}
