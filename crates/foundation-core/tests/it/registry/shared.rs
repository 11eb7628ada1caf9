//! A registry behind the port: the port decides, the table follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use foundation_core::event::{NodeId, ProcessRef};
use foundation_core::port::BoxStream;
use foundation_core::port::registry::{
    Metadata, Namespace, RegisteredName, Registration, Registry, RegistryChange, Session,
};
use foundation_core::registry::{
    Claim, KeyValueRegistry, NameChange, ProcessRegistry, ReleaseReason, ViewState, WatchSettings,
};
use foundation_core::{Address, Code, Error, Result, Runtime};
use foundation_memory::{MemoryKeyValue, Simulation};
use futures_util::{FutureExt as _, StreamExt as _};

use super::{agents, life, name, node};
use crate::support::{Diary, Do, SECOND, Worker, each_seed};

/// A registry that counts what it is asked for, and fails when it is told to.
#[derive(Debug)]
struct Watched {
    inner: KeyValueRegistry,
    registrations: AtomicU64,
    releases: AtomicU64,
    refuses: AtomicBool,
    cannot_release: AtomicBool,
    loses_watches: AtomicBool,
}

impl Watched {
    fn new(world: &Simulation) -> Arc<Self> {
        Arc::new(Self {
            inner: KeyValueRegistry::new(Arc::new(MemoryKeyValue::new(world.clock())), world.entropy()),
            registrations: AtomicU64::new(0),
            releases: AtomicU64::new(0),
            refuses: AtomicBool::new(false),
            cannot_release: AtomicBool::new(false),
            loses_watches: AtomicBool::new(false),
        })
    }
}

fn planned(fault: &AtomicBool) -> Result<()> {
    if fault.load(Ordering::Relaxed) {
        return Err(Error::new(Code::ServiceUnavailable, "it fails on purpose"));
    }
    Ok(())
}

#[async_trait]
impl Registry for Watched {
    async fn open_session(&self, node: &NodeId) -> Result<Session> {
        self.inner.open_session(node).await
    }

    async fn close_session(&self, session: &Session) -> Result<()> {
        self.inner.close_session(session).await
    }

    async fn register(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
        metadata: Metadata,
    ) -> Result<Registration> {
        self.registrations.fetch_add(1, Ordering::Relaxed);
        planned(&self.refuses)?;
        self.inner.register(session, namespace, name, process, metadata).await
    }

    async fn unregister(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
    ) -> Result<bool> {
        self.inner.unregister(session, namespace, name, process).await
    }

    async fn release_all(&self, session: &Session, process: ProcessRef) -> Result<usize> {
        self.releases.fetch_add(1, Ordering::Relaxed);
        planned(&self.cannot_release)?;
        self.inner.release_all(session, process).await
    }

    async fn lookup(&self, namespace: &Namespace, name: &RegisteredName) -> Result<Option<Registration>> {
        self.inner.lookup(namespace, name).await
    }

    async fn list(&self, namespace: &Namespace) -> Result<Vec<Registration>> {
        self.inner.list(namespace).await
    }

    async fn watch(&self, namespace: &Namespace) -> Result<BoxStream<'static, Result<RegistryChange>>> {
        planned(&self.loses_watches)?;
        self.inner.watch(namespace).await
    }
}

fn worker(runtime: &Runtime) -> Address<Do> {
    runtime.spawn("worker", Worker::new("w", &Diary::default()))
}

#[test]
fn the_port_decides_and_own_changes_are_seen_at_once() {
    each_seed(16, |world, runtime| {
        let port = Watched::new(world);
        let registry = world.block_on(ProcessRegistry::shared(runtime, Arc::clone(&port) as _)).unwrap();
        let names = registry.names(&agents());
        let (first, second) = (worker(runtime), worker(runtime));
        let words = Metadata::from([("role".to_owned(), "coder".to_owned())]);
        let seen = world.block_on(async {
            names.register(&name("a"), &first, words.clone()).await.unwrap();
            (names.whereis(&name("a")), names.address::<Do>(&name("a")))
        });
        assert_eq!(seen, (Some(first.process_ref()), Some(first.clone())));
        assert_eq!(world.block_on(port.inner.lookup(&agents(), &name("a"))).unwrap().unwrap().metadata, words);
        assert_eq!(world.block_on(names.whereis_strict(&name("a"))).unwrap(), Some(first.process_ref()));
        assert_eq!(names.find("role", "coder").len(), 1);

        let refused = world.block_on(names.register(&name("a"), &second, Metadata::new())).unwrap_err();
        assert_eq!(refused.code(), Code::NameTaken);
        port.refuses.store(true, Ordering::Relaxed);
        let refused = world.block_on(names.register(&name("b"), &second, Metadata::new())).unwrap_err();
        assert_eq!((refused.code(), names.whereis(&name("b"))), (Code::ServiceUnavailable, None));
        port.refuses.store(false, Ordering::Relaxed);
        assert_eq!(port.registrations.load(Ordering::Relaxed), 3);

        world.block_on(names.update_metadata(&name("a"), &first, Metadata::new())).unwrap();
        assert!(names.find("role", "coder").is_empty());
        let not_its = world.block_on(names.update_metadata(&name("a"), &second, Metadata::new())).unwrap_err();
        assert_eq!(not_its.code(), Code::NotFound);
        assert!(world.block_on(names.unregister(&name("a"), &first)).unwrap());
        world.run_until_idle();
        assert_eq!((names.whereis(&name("a")), names.len()), (None, 0));
    });
}

#[test]
fn several_names_are_given_back_when_one_is_refused() {
    each_seed(8, |world, runtime| {
        let port = Watched::new(world);
        let names = world.block_on(ProcessRegistry::shared(runtime, Arc::clone(&port) as _)).unwrap().names(&agents());
        let (owner, other) = (worker(runtime), worker(runtime));
        world.block_on(names.register(&name("taken"), &other, Metadata::new())).unwrap();
        let claims = ["a", "taken", "b"].map(|text| Claim::new(&name(text), &owner));
        let refused = world.block_on(names.register_many(claims.into())).unwrap_err();
        assert_eq!(refused.code(), Code::NameTaken);
        world.run_until_idle();
        let listed = world.block_on(port.inner.list(&agents())).unwrap();
        assert_eq!((names.len(), listed.len()), (1, 1));
    });
}

/// A death hides its names at once, and the port is told until it has heard.
#[test]
fn names_of_the_dead_are_hidden_at_once_and_released_when_the_port_can() {
    each_seed(16, |world, runtime| {
        let port = Watched::new(world);
        let names = world.block_on(ProcessRegistry::shared(runtime, Arc::clone(&port) as _)).unwrap().names(&agents());
        let owner = worker(runtime);
        for text in ["a", "b"] {
            world.block_on(names.register(&name(text), &owner, Metadata::new())).unwrap();
        }
        let mut watch = names.watch(WatchSettings::default());
        port.cannot_release.store(true, Ordering::Relaxed);
        let seen = world.block_on(async {
            owner.kill();
            owner.exited().await;
            names.len()
        });
        assert_eq!(seen, 0);
        world.advance(10 * SECOND);
        assert!(port.releases.load(Ordering::Relaxed) > 3, "it is tried again");
        assert_eq!(names.len(), 0, "what the watch says late of the dead is not shown");
        assert_eq!(world.block_on(port.inner.list(&agents())).unwrap().len(), 2);
        let told: Vec<_> = std::iter::from_fn(|| watch.next().now_or_never().flatten()).collect();
        let ended =
            |change: &&NameChange| matches!(change, NameChange::Released { reason: ReleaseReason::Ended(_), .. });
        assert_eq!(told.iter().filter(ended).count(), 2, "{told:?}");

        port.cannot_release.store(false, Ordering::Relaxed);
        world.advance(30 * SECOND);
        assert_eq!(world.block_on(port.inner.list(&agents())).unwrap(), []);
        assert_eq!(names.len(), 0);
    });
}

/// Names of other nodes come with the watch; while there is none the state says so.
#[test]
fn a_lost_watch_is_told_and_made_up_for() {
    each_seed(8, |world, runtime| {
        let port = Watched::new(world);
        port.loses_watches.store(true, Ordering::Relaxed);
        let registry = world.block_on(ProcessRegistry::shared(runtime, Arc::clone(&port) as _)).unwrap();
        let names = registry.names(&agents());
        let elsewhere = world.block_on(port.inner.open_session(&node("elsewhere"))).unwrap();
        world.block_on(port.inner.register(&elsewhere, &agents(), &name("far"), life(1, 1), Metadata::new())).unwrap();
        world.run_until_idle();
        assert!(matches!(names.state(), Some(ViewState::Stale { .. })));
        assert_eq!(names.whereis(&name("far")), None);
        assert_eq!(world.block_on(names.whereis_strict(&name("far"))).unwrap(), Some(life(1, 1)));

        port.loses_watches.store(false, Ordering::Relaxed);
        world.advance(60 * SECOND);
        assert!(matches!(names.state(), Some(ViewState::Following(_))));
        let found = names.lookup(&name("far")).unwrap();
        assert_eq!((found.process, found.node), (life(1, 1), node("elsewhere")));
        assert!(names.address::<Do>(&name("far")).is_none(), "it is no process of this runtime");

        let owner = worker(runtime);
        assert_eq!(owner.process_ref(), life(1, 1), "the same numbers as on the other node");
        world.block_on(names.register(&name("near"), &owner, Metadata::new())).unwrap();
        owner.kill();
        world.run_until_idle();
        assert_eq!(names.list().len(), 1, "the other node's name stays");
        world.block_on(port.inner.close_session(&elsewhere)).unwrap();
        world.run_until_idle();
        assert!(names.is_empty());
        drop((names, registry));
        world.run_until_idle();
        assert_eq!(world.tasks(), Vec::<&str>::new(), "its tasks end with it");
    });
}
