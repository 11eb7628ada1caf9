//! What a namespace's watchers are told: the store's changes, without the records of the dead.

use std::collections::{HashMap, HashSet};

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream;

use super::record::{NameRecord, SessionRecord};
use super::store::{Records, SESSION_PREFIX, Stored, named, stored};
use crate::error::Result;
use crate::event::NodeId;
use crate::port::BoxStream;
use crate::port::registry::{Namespace, RegisteredName, Registration, RegistryChange};
use crate::port::storage::{Change, Revision};

struct Follow {
    records: Records,
    namespace: Namespace,
    changes: BoxStream<'static, Result<Change>>,
    /// The ends of sessions, where those may run out.
    sessions: Option<BoxStream<'static, Result<Change>>>,
    told: Told,
    /// The sessions that the watch of them has told.
    living: HashMap<NodeId, u64>,
    failed: bool,
}

/// The names that the watcher holds to be owned.
#[derive(Default)]
struct Told {
    names: HashMap<RegisteredName, Of>,
    /// The same, by node.
    by_node: HashMap<NodeId, HashSet<RegisteredName>>,
}

/// Whose a name is.
struct Of {
    node: NodeId,
    boot: u64,
    revision: Revision,
}

/// Follows a namespace's records.
///
/// Whether a record's owner lives is asked when the record arrives. If it lives then, the record was written before
/// any later session of the node began, and that session deletes it, which arrives here as well. If it does not, the
/// record is a leftover and is not told.
///
/// A session that runs out has nobody who deletes its records, so each watcher deletes those that it has told; several
/// watchers may try, and one succeeds. That costs what the session owned here. The revision of the deletion is the one
/// that is told.
pub(super) fn follow(
    records: Records,
    namespace: Namespace,
    changes: BoxStream<'static, Result<Change>>,
    sessions: Option<BoxStream<'static, Result<Change>>>,
) -> BoxStream<'static, Result<RegistryChange>> {
    let follow =
        Follow { records, namespace, changes, sessions, told: Told::default(), living: HashMap::new(), failed: false };
    stream::unfold(follow, |mut follow| async move {
        if follow.failed {
            return None;
        }
        let next = follow.next().await.transpose()?;
        follow.failed = next.is_err();
        Some((next, follow))
    })
    .boxed()
}

impl Follow {
    async fn next(&mut self) -> Result<Option<RegistryChange>> {
        loop {
            let next = match &mut self.sessions {
                None => Either::Left(self.changes.next().await),
                Some(sessions) => match select(self.changes.next(), sessions.next()).await {
                    Either::Left((change, _)) => Either::Left(change),
                    Either::Right((session, _)) => Either::Right(session),
                },
            };
            let told = match next {
                Either::Left(None) | Either::Right(None) => return Ok(None),
                Either::Left(Some(change)) => self.changed(change?).await?,
                Either::Right(Some(session)) => {
                    self.session_changed(session?).await?;
                    None
                }
            };
            if told.is_some() {
                return Ok(told);
            }
        }
    }

    async fn changed(&mut self, change: Change) -> Result<Option<RegistryChange>> {
        Ok(match change {
            Change::Compacted => {
                self.told = Told::default();
                Some(RegistryChange::Compacted)
            }
            Change::Current(revision) => Some(RegistryChange::Current(revision)),
            Change::Removed { key, revision, .. } => self.released(RegisteredName::new(key.as_str())?, revision),
            Change::Put(entry) => {
                let (name, stored) = named(&entry)?;
                self.written(name, stored).await?
            }
        })
    }

    async fn written(&mut self, name: RegisteredName, stored: Stored<NameRecord>) -> Result<Option<RegistryChange>> {
        let revision = stored.revision;
        match stored.record {
            NameRecord::Owned { owner, metadata, .. } if self.records.is_living(&owner).await? => {
                self.told.insert(name.clone(), Of { node: owner.node.clone(), boot: owner.boot, revision });
                Ok(Some(RegistryChange::Registered(Registration { name, owner, metadata, revision })))
            }
            NameRecord::Owned { .. } | NameRecord::Vacant => Ok(self.released(name, revision)),
        }
    }

    fn released(&mut self, name: RegisteredName, revision: Revision) -> Option<RegistryChange> {
        self.told.remove(&name).then_some(RegistryChange::Released { name, revision })
    }

    /// Deletes what has been told of sessions that are over.
    async fn session_changed(&mut self, change: Change) -> Result<()> {
        let suspects: Vec<NodeId> = match change {
            Change::Compacted => {
                self.living.clear();
                return Ok(());
            }
            Change::Put(entry) => {
                let Stored { record: SessionRecord { node, boot, .. }, .. } = stored(&entry)?;
                self.living.insert(node.clone(), boot);
                vec![node]
            }
            Change::Removed { key, .. } => {
                let node = NodeId::new(key.as_str().trim_start_matches(SESSION_PREFIX))?;
                self.living.remove(&node);
                vec![node]
            }
            Change::Current(_) => self.told.by_node.keys().cloned().collect(),
        };
        for node in suspects {
            let known = self.living.get(&node).copied();
            if self.told.of(&node, |of| Some(of.boot) != known).is_empty() {
                continue;
            }
            // This watch may lag behind the other one: the names may be those of a session that it has not told yet.
            let current = self.records.session(&node).await?.map(|session| session.record.boot);
            let dead = self.told.of(&node, |of| Some(of.boot) != current);
            self.records.delete_names(&self.namespace, &dead).await?;
        }
        Ok(())
    }
}

impl Told {
    fn insert(&mut self, name: RegisteredName, of: Of) {
        self.remove(&name);
        self.by_node.entry(of.node.clone()).or_default().insert(name.clone());
        self.names.insert(name, of);
    }

    fn remove(&mut self, name: &RegisteredName) -> bool {
        let Some(of) = self.names.remove(name) else { return false };
        if let Some(names) = self.by_node.get_mut(&of.node) {
            names.remove(name);
            if names.is_empty() {
                self.by_node.remove(&of.node);
            }
        }
        true
    }

    /// The names of a node that `wanted` picks, with their revisions.
    fn of(&self, node: &NodeId, wanted: impl Fn(&Of) -> bool) -> Vec<(RegisteredName, Revision)> {
        let names = self.by_node.get(node).into_iter().flatten();
        names
            .filter_map(|name| self.names.get(name).filter(|of| wanted(of)).map(|of| (name.clone(), of.revision)))
            .collect()
    }
}
