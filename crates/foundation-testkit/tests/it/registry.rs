//! Registries with a defect.

use std::sync::Arc;

use async_trait::async_trait;
use foundation_core::event::{NodeId, ProcessRef};
use foundation_core::port::BoxStream;
use foundation_core::port::registry::{
    Metadata, Namespace, RegisteredName, Registration, Registry, RegistryChange, Session,
};
use foundation_core::registry::KeyValueRegistry;
use foundation_core::{Code, Result};
use foundation_memory::MemoryKeyValue;
use foundation_testkit::{Interleaved, Simulated, registry, run};
use futures_util::StreamExt as _;

use crate::failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// A release frees the name whichever life has it.
    IgnoresLives,
    /// A taken name is taken over.
    TakesOver,
    /// A new session leaves the earlier one as it is.
    KeepsOldSessions,
    HidesReleases,
    ReleasesNothing,
}
use Defect::*;

#[derive(Debug)]
struct Broken {
    inner: KeyValueRegistry,
    defect: Defect,
    sessions: parking_lot::Mutex<Vec<Session>>,
}

#[async_trait]
impl Registry for Broken {
    async fn open_session(&self, node: &NodeId) -> Result<Session> {
        if self.defect == KeepsOldSessions {
            let known = self.sessions.lock().iter().find(|session| session.node == *node).cloned();
            if let Some(Session { node, boot, epoch }) = known {
                return Ok(Session { node, boot, epoch });
            }
        }
        let session = self.inner.open_session(node).await?;
        self.sessions.lock().push(session.clone());
        Ok(session)
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
        match self.inner.register(session, namespace, name, process, metadata.clone()).await {
            Err(error) if self.defect == TakesOver && error.code() == Code::NameTaken => {
                if let Some(current) = self.inner.lookup(namespace, name).await? {
                    let of = self.sessions.lock().iter().find(|held| held.boot == current.owner.boot).cloned();
                    let of = of.unwrap_or_else(|| session.clone());
                    self.inner.unregister(&of, namespace, name, current.owner.process).await?;
                }
                self.inner.register(session, namespace, name, process, metadata).await
            }
            answer => answer,
        }
    }

    async fn unregister(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
    ) -> Result<bool> {
        if self.defect == IgnoresLives
            && let Some(current) = self.inner.lookup(namespace, name).await?
        {
            return self.inner.unregister(session, namespace, name, current.owner.process).await;
        }
        self.inner.unregister(session, namespace, name, process).await
    }

    async fn release_all(&self, session: &Session, process: ProcessRef) -> Result<usize> {
        if self.defect == ReleasesNothing {
            return Ok(0);
        }
        self.inner.release_all(session, process).await
    }

    async fn lookup(&self, namespace: &Namespace, name: &RegisteredName) -> Result<Option<Registration>> {
        self.inner.lookup(namespace, name).await
    }

    async fn list(&self, namespace: &Namespace) -> Result<Vec<Registration>> {
        self.inner.list(namespace).await
    }

    async fn watch(&self, namespace: &Namespace) -> Result<BoxStream<'static, Result<RegistryChange>>> {
        let changes = self.inner.watch(namespace).await?;
        if self.defect == HidesReleases {
            let is_told = |change: &Result<RegistryChange>| !matches!(change, Ok(RegistryChange::Released { .. }));
            return Ok(changes.filter(move |change| std::future::ready(is_told(change))).boxed());
        }
        Ok(changes)
    }
}

fn broken(defect: Defect, seed: u64) -> Simulated<dyn Registry> {
    Simulated::<dyn Registry>::new(seed, |world| {
        let store = Arc::new(Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock()))));
        let inner = KeyValueRegistry::new(store, world.entropy());
        Arc::new(Broken { inner, defect, sessions: parking_lot::Mutex::default() })
    })
}

macro_rules! finds {
    ($defect:ident: $($case:ident)+) => {
        $(failure(|| run(8, |seed| broken($defect, seed), registry::$case));)+
    };
}

#[test]
fn broken_registries_are_found() {
    finds!(IgnoresLives: only_the_owner_frees_a_name a_late_release_is_harmless);
    finds!(TakesOver: a_taken_name_is_refused one_of_many_owns_a_name owners_find_themselves);
    finds!(KeepsOldSessions: a_new_session_voids_earlier_ones epochs_rise the_latest_session_stands);
    finds!(HidesReleases: a_watch_tells_names a_watch_tells_the_end_of_sessions);
    finds!(ReleasesNothing: the_end_of_a_life_frees_its_names a_watch_tells_names);
}
