//! The registry's records in the store, read and written one at a time.

use std::sync::Arc;

use futures_util::StreamExt as _;

use super::record::{NameRecord, Record, SessionRecord, decode};
use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::BoxStream;
use crate::port::registry::{Namespace, Owner, RegisteredName, Session};
use crate::port::storage::{
    Bucket, Change, Condition, Entry, Key, KeyRange, KeyValue, Read, Revision, WatchFrom, Write,
};

/// What the keys of sessions begin with.
pub(super) const SESSION_PREFIX: &str = "n/";

/// The most deletes in one batch.
const DELETES: usize = 64;

/// A record and its version.
#[derive(Clone, Debug)]
pub(super) struct Stored<R> {
    pub(super) record: R,
    pub(super) revision: Revision,
}

/// The buckets of the registry.
#[derive(Clone, Debug)]
pub(super) struct Records {
    store: Arc<dyn KeyValue>,
}

impl Stored<SessionRecord> {
    /// The epoch of the session, whichever of its records this is.
    pub(super) fn epoch(&self) -> u64 {
        self.record.epoch.unwrap_or(self.revision.0)
    }

    /// Whether this is a record of that session.
    pub(super) fn is(&self, session: &Session) -> bool {
        self.record.boot == session.boot && self.epoch() == session.epoch
    }
}

impl Records {
    pub(super) fn new(store: Arc<dyn KeyValue>) -> Self {
        Self { store }
    }

    /// The current session of a node.
    pub(super) async fn session(&self, node: &NodeId) -> Result<Option<Stored<SessionRecord>>> {
        let entry = self.store.get(&sessions()?, &session_key(node)?, Read::Strict).await?;
        entry.map(|entry| stored(&entry)).transpose()
    }

    /// Every node's current session, as the boots that live.
    pub(super) async fn living(&self) -> Result<Vec<(NodeId, u64)>> {
        let mut entries = self.store.scan(&sessions()?, KeyRange::prefix(SESSION_PREFIX), Read::Strict).await?;
        let mut living = Vec::new();
        while let Some(entry) = entries.next().await {
            let Stored::<SessionRecord> { record, .. } = stored(&entry?)?;
            living.push((record.node, record.boot));
        }
        Ok(living)
    }

    /// Whether the session that `owner` belongs to is its node's current one.
    pub(super) async fn is_living(&self, owner: &Owner) -> Result<bool> {
        Ok(self.session(&owner.node).await?.is_some_and(|session| session.record.boot == owner.boot))
    }

    /// Writes a node's session.
    ///
    /// # Errors
    /// `Conflict` where the session changed meanwhile.
    pub(super) async fn put_session(&self, record: &SessionRecord, condition: Condition) -> Result<Revision> {
        let write = Write::put(session_key(&record.node)?, record.encode()?).when(condition);
        self.store.write(&sessions()?, write).await
    }

    /// Takes a session away, by the revision of its record.
    ///
    /// # Errors
    /// `Conflict` where the record changed meanwhile.
    pub(super) async fn delete_session(&self, node: &NodeId, revision: Revision) -> Result<()> {
        let condition = Condition::At(revision);
        self.store.write(&sessions()?, Write::delete(session_key(node)?).when(condition)).await?;
        Ok(())
    }

    /// Watches every node's session.
    pub(super) async fn watch_sessions(&self) -> Result<BoxStream<'static, Result<Change>>> {
        self.store.watch(&sessions()?, KeyRange::prefix(SESSION_PREFIX), WatchFrom::Snapshot).await
    }

    /// Notes that a namespace is in use.
    pub(super) async fn put_namespace(&self, namespace: &Namespace) -> Result<()> {
        let write = Write::put(Key::new(format!("ns/{namespace}"))?, Vec::new()).when(Condition::Absent);
        match self.store.write(&sessions()?, write).await {
            Err(error) if error.code() != Code::Conflict => Err(error),
            // A conflict says that it is noted.
            _ => Ok(()),
        }
    }

    /// The namespaces that were ever in use.
    pub(super) async fn namespaces(&self) -> Result<Vec<Namespace>> {
        let mut entries = self.store.scan(&sessions()?, KeyRange::prefix("ns/"), Read::Strict).await?;
        let mut namespaces = Vec::new();
        while let Some(entry) = entries.next().await {
            let key = entry?.key;
            namespaces.push(Namespace::new(key.as_str().trim_start_matches("ns/"))?);
        }
        Ok(namespaces)
    }

    /// What stands under a name.
    pub(super) async fn name(
        &self,
        namespace: &Namespace,
        name: &RegisteredName,
    ) -> Result<Option<Stored<NameRecord>>> {
        let entry = self.store.get(&bucket(namespace)?, &name_key(name)?, Read::Strict).await?;
        entry.map(|entry| stored(&entry)).transpose()
    }

    /// Everything that stands in a namespace, by name.
    pub(super) async fn names(&self, namespace: &Namespace) -> Result<Vec<(RegisteredName, Stored<NameRecord>)>> {
        let mut entries = self.store.scan(&bucket(namespace)?, KeyRange::all(), Read::Strict).await?;
        let mut names = Vec::new();
        while let Some(entry) = entries.next().await {
            names.push(named(&entry?)?);
        }
        Ok(names)
    }

    /// Writes a name's record.
    ///
    /// # Errors
    /// `Conflict` where it changed meanwhile.
    pub(super) async fn put_name(
        &self,
        namespace: &Namespace,
        name: &RegisteredName,
        record: &NameRecord,
        condition: Condition,
    ) -> Result<Revision> {
        let write = Write::put(name_key(name)?, record.encode()?).when(condition);
        self.store.write(&bucket(namespace)?, write).await
    }

    /// Deletes a name's record; answers whether it still had that revision.
    pub(super) async fn delete_name(
        &self,
        namespace: &Namespace,
        name: &RegisteredName,
        revision: Revision,
    ) -> Result<bool> {
        let write = Write::delete(name_key(name)?).when(Condition::At(revision));
        match self.store.write(&bucket(namespace)?, write).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Code::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes records of a namespace, each if it still has that revision.
    pub(super) async fn delete_names(&self, namespace: &Namespace, names: &[(RegisteredName, Revision)]) -> Result<()> {
        for names in names.chunks(self.store.limits().batch_writes.clamp(1, DELETES)) {
            let deletes = names.iter().map(|(name, at)| Ok(Write::delete(name_key(name)?).when(Condition::At(*at))));
            let together = self.store.commit(&bucket(namespace)?, deletes.collect::<Result<_>>()?).await;
            match together {
                Ok(_) => {}
                // Another watcher was faster with one of them.
                Err(error) if error.code() == Code::Conflict => {
                    for (name, at) in names {
                        self.delete_name(namespace, name, *at).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Watches a namespace's records.
    pub(super) async fn watch(&self, namespace: &Namespace) -> Result<BoxStream<'static, Result<Change>>> {
        self.store.watch(&bucket(namespace)?, KeyRange::all(), WatchFrom::Snapshot).await
    }
}

/// Reads the record of an entry of a namespace.
pub(super) fn named(entry: &Entry) -> Result<(RegisteredName, Stored<NameRecord>)> {
    Ok((RegisteredName::new(entry.key.as_str())?, stored(entry)?))
}

pub(super) fn stored<R: Record>(entry: &Entry) -> Result<Stored<R>> {
    let record = decode(&entry.value, format_args!("`{}`, revision {}", entry.key, entry.revision.0))?;
    Ok(Stored { record, revision: entry.revision })
}

pub(super) fn sessions() -> Result<Bucket> {
    Bucket::new("registry-sessions")
}

fn bucket(namespace: &Namespace) -> Result<Bucket> {
    Bucket::new(format!("registry_{namespace}"))
}

pub(super) fn session_key(node: &NodeId) -> Result<Key> {
    Key::new(format!("{SESSION_PREFIX}{node}"))
}

fn name_key(name: &RegisteredName) -> Result<Key> {
    Key::new(name.as_str())
}

/// Says that a session is not valid any more.
pub(super) fn expired(session: &Session) -> Error {
    let what = format!(
        "session of node `{}` with epoch {}: it was closed or ran out, or a newer session of the node began",
        session.node, session.epoch
    );
    Error::new(Code::SessionExpired, what)
}
