//! Watches of the registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use foundation_core::Result;
use foundation_core::event::ProcessRef;
use foundation_core::port::BoxStream;
use foundation_core::port::registry::{Metadata, Registry, RegistryChange};
use foundation_core::port::storage::Revision;
use futures_util::StreamExt as _;

use super::{agents, name, node, open, process, registered, words};
use crate::world::World;

/// Follows a watch and builds what it tells.
struct Follower<'a> {
    world: &'a World,
    changes: BoxStream<'static, Result<RegistryChange>>,
    built: BTreeMap<String, ProcessRef>,
    in_snapshot: bool,
    last: Revision,
}

impl<'a> Follower<'a> {
    async fn new(world: &'a World, registry: &dyn Registry) -> Self {
        let changes = registry.watch(&agents()).await.unwrap();
        Self { world, changes, built: BTreeMap::new(), in_snapshot: true, last: Revision(0) }
    }

    async fn next(&mut self) -> RegistryChange {
        let next = self.world.within("the next change of the registry", self.changes.next()).await;
        let change = next.expect("a watch does not end").unwrap();
        match &change {
            RegistryChange::Compacted => {
                self.built.clear();
                self.in_snapshot = true;
                self.last = Revision(0);
            }
            RegistryChange::Current(revision) => {
                assert!(self.in_snapshot && *revision >= self.last, "{change:?} after {:?}", self.last);
                self.in_snapshot = false;
            }
            RegistryChange::Registered(registration) => {
                self.rise(registration.revision, &change);
                self.built.insert(registration.name.as_str().to_owned(), registration.owner.process);
            }
            RegistryChange::Released { name, revision } => {
                self.rise(*revision, &change);
                assert!(self.built.remove(name.as_str()).is_some(), "{change:?} of a name that nobody had");
            }
        }
        change
    }

    fn rise(&mut self, revision: Revision, change: &RegistryChange) {
        assert!(revision > self.last, "{change:?} after {:?}", self.last);
        self.last = revision;
    }

    async fn until_current(&mut self) {
        while self.in_snapshot {
            self.next().await;
        }
    }

    /// Takes changes until the names that it built are `expected`.
    async fn until(&mut self, expected: &[&str]) {
        while self.in_snapshot || !self.built.keys().eq(expected) {
            self.next().await;
        }
    }
}

/// A watch tells what stands, then each registration, replacement and release.
pub async fn a_watch_tells_names(world: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    registered(&**registry, &session, "a", process(1)).await;
    registered(&**registry, &session, "gone", process(1)).await;
    registry.unregister(&session, &agents(), &name("gone"), process(1)).await.unwrap();
    let mut watch = Follower::new(world, &**registry).await;
    watch.until_current().await;
    assert_eq!(watch.built, BTreeMap::from([("a".to_owned(), process(1))]));

    let b = registered(&**registry, &session, "b", process(2)).await;
    assert_eq!(watch.next().await, RegistryChange::Registered(b));
    let replaced = registry.register(&session, &agents(), &name("a"), process(1), words(&[("x", "y")])).await.unwrap();
    assert_eq!(watch.next().await, RegistryChange::Registered(replaced));
    registry.unregister(&session, &agents(), &name("a"), process(1)).await.unwrap();
    assert!(matches!(watch.next().await, RegistryChange::Released { name: told, .. } if told == name("a")));
    registry.release_all(&session, process(2)).await.unwrap();
    assert!(matches!(watch.next().await, RegistryChange::Released { name: told, .. } if told == name("b")));
}

/// A watch tells the names that go with a session, whether it was closed or voided.
pub async fn a_watch_tells_the_end_of_sessions(world: &World, registry: &Arc<dyn Registry>) {
    let (one, two) = (open(&**registry, "n1").await, open(&**registry, "n2").await);
    for text in ["a", "b"] {
        registered(&**registry, &one, text, process(1)).await;
    }
    for text in ["c", "d"] {
        registered(&**registry, &two, text, process(1)).await;
    }
    let mut watch = Follower::new(world, &**registry).await;
    watch.until(&["a", "b", "c", "d"]).await;
    registry.close_session(&one).await.unwrap();
    watch.until(&["c", "d"]).await;
    let next = open(&**registry, "n2").await;
    watch.until(&[]).await;
    registered(&**registry, &next, "e", process(1)).await;
    watch.until(&["e"]).await;
}

/// Whoever watches while names come and go, and sessions with them, ends up with what is listed.
pub async fn a_watch_beside_owners_converges(world: &World, registry: &Arc<dyn Registry>) {
    let owners = (0..3_u64).map(|number| {
        let registry = Arc::clone(registry);
        async move {
            for round in 0..3 {
                let session = registry.open_session(&node(&format!("n{number}"))).await.unwrap();
                for step in 0..4 {
                    let text = name(&format!("a{}", (number + step) % 4));
                    // Taken or not: both are fine here.
                    drop(registry.register(&session, &agents(), &text, process(step), Metadata::new()).await);
                }
                if round == 1 {
                    registry.close_session(&session).await.unwrap();
                } else {
                    registry.release_all(&session, process(1)).await.unwrap();
                }
            }
        }
    });
    let watch = Follower::new(world, &**registry).await;
    world.race(owners).await;
    let listed = registry.list(&agents()).await.unwrap();
    assert!(!listed.is_empty());
    let expected: BTreeMap<String, ProcessRef> =
        listed.into_iter().map(|found| (found.name.as_str().to_owned(), found.owner.process)).collect();
    let late = Follower::new(world, &**registry).await;
    for mut watch in [watch, late] {
        while watch.in_snapshot || watch.built != expected {
            watch.next().await;
        }
    }
}
