//! The registry port on a key-value store.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::owned::{FullName, Note, OwnedNames};
use super::record::NameRecord;
use super::sessions::Sessions;
use super::store::{Records, Stored, expired};
use super::watch;
use crate::coordination::LeaseSettings;
use crate::coordination::lease::Ground;
use crate::error::{Code, Error, Result};
use crate::event::{NodeId, ProcessRef};
use crate::port::BoxStream;
use crate::port::clock::Clock;
use crate::port::entropy::Entropy;
use crate::port::registry::{
    METADATA_BYTES, Metadata, Namespace, Owner, RegisteredName, Registration, Registry, RegistryChange, Session,
};
use crate::port::spawner::Spawner;
use crate::port::storage::{Condition, KeyValue};

/// How often a write is tried again after somebody else changed the record. Each such change is somebody's progress,
/// so many of them in a row say that the store is broken.
pub(super) const ATTEMPTS: usize = 1_000;

/// A [`Registry`] on any [`KeyValue`].
///
/// Beyond the port's guarantees:
/// - A later life of a process takes over what an earlier life of it still has: a restarted process gets its name
///   without waiting for the notice of its own death.
/// - The names that a session registered are known in memory to the instance that opened it, so
///   [`release_all`](Registry::release_all) reads only those. Through another instance it searches every namespace.
/// - Opening a session reads every name once, to delete what the node's earlier sessions left.
/// - A registration whose answer was lost is undone by `release_all` even if it takes effect later, as long as the
///   name is not registered and released by somebody else in between.
///
/// How long a session lasts is chosen when the registry is made:
///
/// | | [`new`](Self::new) | [`leased`](Self::leased) |
/// |---|---|---|
/// | for | a store that one program at a time has: memory, a folder that is locked | a store that many nodes share |
/// | a session ends | when it is closed, or its node opens another | so too, and when it is not renewed in time |
/// | the names of a node that died are free | when it opens its next session | when its session has run out |
/// | watchers hear of that | by what the next session deletes | by what each of them deletes of what it was told |
#[derive(Debug)]
pub struct KeyValueRegistry {
    records: Records,
    sessions: Sessions,
    owned: Mutex<OwnedNames>,
    /// The namespaces that are known to be noted in the store.
    noted: Mutex<HashSet<Namespace>>,
}

impl KeyValueRegistry {
    /// A registry in the buckets `registry-sessions` and `registry_<namespace>` of `store`, whose sessions last until
    /// they are closed or replaced; `entropy` names the sessions.
    #[must_use]
    pub fn new(store: Arc<dyn KeyValue>, entropy: Arc<dyn Entropy>) -> Self {
        let records = Records::new(store);
        Self::over(records.clone(), Sessions::until_replaced(records, entropy))
    }

    /// A registry in the same buckets, whose sessions are leases: renewed by a task of `spawner`, and over when that
    /// fails for as long as `settings` say. All programs that share the buckets should open theirs so.
    ///
    /// A session that ran out never comes back: what was registered in it is free, every call in it is refused as
    /// `SessionExpired`, and the node opens another. [`session_over`](Self::session_over) tells when.
    #[must_use]
    pub fn leased(
        store: Arc<dyn KeyValue>,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
        spawner: Spawner,
        settings: LeaseSettings,
    ) -> Self {
        let records = Records::new(Arc::clone(&store));
        let ground = Ground { store, clock, spawner, settings };
        Self::over(records.clone(), Sessions::leased(records, entropy, ground))
    }

    fn over(records: Records, sessions: Sessions) -> Self {
        Self { records, sessions, owned: Mutex::default(), noted: Mutex::default() }
    }

    /// Waits until a leased session that this instance opened is over, at the latest shortly before the store lets go
    /// of it: what its owner does in the name of its registrations has to stop then. Ready at once for any other
    /// session; never for one that does not run out.
    ///
    /// # Cancel safety
    /// Dropping the future harms nothing.
    pub async fn session_over(&self, session: &Session) {
        self.sessions.over(session).await;
    }

    /// # Errors
    /// `SessionExpired` where `session` is not its node's current one.
    async fn check(&self, session: &Session) -> Result<()> {
        self.sessions.check_here(session)?;
        match self.records.session(&session.node).await? {
            Some(current) if current.is(session) => Ok(()),
            _ => Err(expired(session)),
        }
    }

    async fn note_namespace(&self, namespace: &Namespace) -> Result<()> {
        if !self.noted.lock().contains(namespace) {
            self.records.put_namespace(namespace).await?;
            self.noted.lock().insert(namespace.clone());
        }
        Ok(())
    }

    /// Whether `current` still owns a name, seen from `owner`, who wants it or gives it up. A later life of a process
    /// proves the earlier one dead.
    async fn stands_against(&self, owner: &Owner, current: &Owner) -> Result<bool> {
        let is_own_earlier_life = current.node == owner.node
            && current.boot == owner.boot
            && current.process.process == owner.process.process
            && current.process.incarnation <= owner.process.incarnation;
        Ok(!is_own_earlier_life && self.records.is_living(current).await?)
    }

    /// What a registration by `owner` has to meet.
    ///
    /// # Errors
    /// `NameTaken` where somebody else owns the name.
    async fn condition(&self, name: &FullName, found: Option<&Stored<NameRecord>>, owner: &Owner) -> Result<Condition> {
        let Some(found) = found else { return Ok(Condition::Absent) };
        match &found.record {
            NameRecord::Owned { owner: current, .. } if self.stands_against(owner, current).await? => {
                Err(taken(name, current))
            }
            NameRecord::Owned { .. } | NameRecord::Vacant => Ok(Condition::At(found.revision)),
        }
    }

    /// Frees one name that `owner` may have; answers whether it had it.
    ///
    /// A registration that is still under way expects that nothing stands here, or a record at its revision. A record
    /// that says "vacant", newly written, is neither, so it can come too late only.
    async fn release(&self, name: &FullName, owner: &Owner, note: Note) -> Result<bool> {
        let (namespace, registered) = name;
        for _ in 0..ATTEMPTS {
            let found = self.records.name(namespace, registered).await?;
            let (was_owner, condition) = match &found {
                None => (false, Condition::Absent),
                Some(Stored { record: NameRecord::Owned { owner: current, .. }, revision }) => {
                    if current != owner && self.stands_against(owner, current).await? {
                        return Ok(false);
                    }
                    (current == owner, Condition::At(*revision))
                }
                Some(Stored { record: NameRecord::Vacant, revision }) => (false, Condition::At(*revision)),
            };
            let written = match (note.unanswered, found) {
                (0, Some(found)) if was_owner => {
                    if self.records.delete_name(namespace, registered, found.revision).await? {
                        return Ok(true);
                    }
                    continue;
                }
                (0, _) => return Ok(false),
                _ => self.records.put_name(namespace, registered, &NameRecord::Vacant, condition).await,
            };
            match written {
                Ok(_) => return Ok(was_owner),
                Err(error) if error.code() == Code::Conflict => {}
                Err(error) => return Err(error.during(format_args!("release `{registered}` in `{namespace}`"))),
            }
        }
        Err(unsettled(name))
    }

    /// Deletes the records of a node that were written in sessions before `epoch`, or in it.
    async fn sweep(&self, node: &NodeId, up_to: std::ops::RangeTo<u64>) -> Result<()> {
        for namespace in self.records.namespaces().await? {
            for (name, stored) in self.records.names(&namespace).await? {
                if let NameRecord::Owned { owner, epoch, .. } = &stored.record
                    && owner.node == *node
                    && up_to.contains(epoch)
                {
                    // If it changed meanwhile, somebody else has it or has deleted it.
                    self.records.delete_name(&namespace, &name, stored.revision).await?;
                }
            }
        }
        Ok(())
    }

    /// The names that a process may own, by the notes of this instance or else by a search.
    async fn names_of(&self, session: &Session, process: ProcessRef) -> Result<Vec<(FullName, Note)>> {
        let noted = self.owned.lock().names(session, process);
        if let Some(names) = noted {
            return Ok(names);
        }
        let wanted = owner(session, process);
        let mut found = Vec::new();
        for namespace in self.records.namespaces().await? {
            for (name, stored) in self.records.names(&namespace).await? {
                if matches!(&stored.record, NameRecord::Owned { owner, .. } if *owner == wanted) {
                    found.push(((namespace.clone(), name), Note { is_owned: true, unanswered: 0 }));
                }
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl Registry for KeyValueRegistry {
    async fn open_session(&self, node: &NodeId) -> Result<Session> {
        let session = self.sessions.open(node).await?;
        self.owned.lock().open(&session);
        self.sweep(node, ..session.epoch).await?;
        Ok(session)
    }

    async fn close_session(&self, session: &Session) -> Result<()> {
        self.sessions.close(session).await?;
        self.owned.lock().close(session);
        self.sweep(&session.node, ..session.epoch.saturating_add(1)).await
    }

    async fn register(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
        metadata: Metadata,
    ) -> Result<Registration> {
        let size: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        if size > METADATA_BYTES {
            let what = format!("register `{name}`: {size} bytes of metadata, at most {METADATA_BYTES} are allowed");
            return Err(Error::new(Code::InvalidInput, what));
        }
        self.check(session).await?;
        self.note_namespace(namespace).await?;
        let full_name = (namespace.clone(), name.clone());
        let owner = owner(session, process);
        let record = NameRecord::Owned { owner: owner.clone(), epoch: session.epoch, metadata: metadata.clone() };
        for _ in 0..ATTEMPTS {
            let found = self.records.name(namespace, name).await?;
            let condition = self.condition(&full_name, found.as_ref(), &owner).await?;
            self.owned.lock().sent(session, process, &full_name);
            match self.records.put_name(namespace, name, &record, condition).await {
                Ok(revision) => {
                    self.owned.lock().answered(session, process, &full_name, true);
                    return Ok(Registration { name: name.clone(), owner, metadata, revision });
                }
                Err(error) if matches!(error.code(), Code::Conflict | Code::InvalidInput) => {
                    self.owned.lock().answered(session, process, &full_name, false);
                    if error.code() == Code::InvalidInput {
                        return Err(error);
                    }
                }
                // Whether it took effect is open, so the note stays.
                Err(error) => return Err(error.during(format_args!("register `{name}` in namespace `{namespace}`"))),
            }
        }
        Err(unsettled(&full_name))
    }

    async fn unregister(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
    ) -> Result<bool> {
        self.check(session).await?;
        let full_name = (namespace.clone(), name.clone());
        let note = self.owned.lock().note(session, process, &full_name);
        let was_owner = self.release(&full_name, &owner(session, process), note).await?;
        self.owned.lock().gone(session, process, &full_name);
        Ok(was_owner)
    }

    async fn release_all(&self, session: &Session, process: ProcessRef) -> Result<usize> {
        self.check(session).await?;
        let owner = owner(session, process);
        let mut released = 0;
        for (name, note) in self.names_of(session, process).await? {
            released += usize::from(self.release(&name, &owner, note).await?);
            self.owned.lock().gone(session, process, &name);
        }
        Ok(released)
    }

    async fn lookup(&self, namespace: &Namespace, name: &RegisteredName) -> Result<Option<Registration>> {
        let Some(Stored { record: NameRecord::Owned { owner, metadata, .. }, revision }) =
            self.records.name(namespace, name).await?
        else {
            return Ok(None);
        };
        // The name first, the session second: a session that is current now was so when the name was read.
        let is_living = self.records.is_living(&owner).await?;
        Ok(is_living.then(|| Registration { name: name.clone(), owner, metadata, revision }))
    }

    async fn list(&self, namespace: &Namespace) -> Result<Vec<Registration>> {
        let names = self.records.names(namespace).await?;
        let living: HashSet<(NodeId, u64)> = self.records.living().await?.into_iter().collect();
        let registrations = names.into_iter().filter_map(|(name, Stored { record, revision })| match record {
            NameRecord::Owned { owner, metadata, .. } if living.contains(&(owner.node.clone(), owner.boot)) => {
                Some(Registration { name, owner, metadata, revision })
            }
            NameRecord::Owned { .. } | NameRecord::Vacant => None,
        });
        Ok(registrations.collect())
    }

    async fn watch(&self, namespace: &Namespace) -> Result<BoxStream<'static, Result<RegistryChange>>> {
        // The sessions first: one that ends after a record of it was told is heard of.
        let sessions = if self.sessions.are_leased() { Some(self.records.watch_sessions().await?) } else { None };
        let changes = self.records.watch(namespace).await?;
        Ok(watch::follow(self.records.clone(), namespace.clone(), changes, sessions))
    }
}

fn owner(session: &Session, process: ProcessRef) -> Owner {
    Owner { node: session.node.clone(), boot: session.boot, process }
}

fn taken((namespace, name): &FullName, owner: &Owner) -> Error {
    let ProcessRef { process, incarnation } = owner.process;
    let what = format!(
        "register `{name}` in namespace `{namespace}`: process {process} (life {incarnation}) of node `{}` owns it",
        owner.node
    );
    Error::new(Code::NameTaken, what)
}

fn unsettled((namespace, name): &FullName) -> Error {
    let what = format!("change `{name}` in namespace `{namespace}`: its record changed {ATTEMPTS} times meanwhile");
    Error::new(Code::Conflict, what)
}
