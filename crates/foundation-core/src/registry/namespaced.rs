//! What the clones of [`Names`](super::Names) share: the table, what is said about its names, and who watches them.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::changes::{NameChange, ReleaseReason, Watchers};
use super::described::{Described, Found};
use super::entry::Hashed;
use super::key::Key;
use super::shared::There;
use super::table::{Table, Writing};
use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Metadata, Namespace, RegisteredName};
use crate::process::control::{Hook, Peer};
use crate::runtime::Runtime;

/// A name, its owner, and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: RegisteredName,
    /// Its owner, by the numbers of the owner's node.
    pub process: ProcessRef,
    /// The owner's node.
    pub node: NodeId,
    /// What is said about it.
    pub metadata: Arc<Metadata>,
}

/// Who decides who owns a name.
pub(super) enum Authority {
    /// The table itself.
    Here,
    /// A registry behind the port; the table follows it.
    There(There),
}

pub(super) struct Namespaced {
    namespace: Namespace,
    runtime: Runtime,
    table: Table,
    described: Mutex<Described>,
    /// How many names have metadata; a name's own changes under its shard, so that 0 says that it has none.
    describing: AtomicUsize,
    watchers: Watchers,
    /// What hangs on the lives that have names here. It does not keep the namespace: where nobody has that any more,
    /// nobody finds its names either.
    release: Arc<Hook>,
    pub(super) authority: Authority,
}

impl Namespaced {
    pub(super) fn new(namespace: Namespace, runtime: Runtime, seed: u64, authority: Authority) -> Arc<Self> {
        Arc::new_cyclic(|own: &Weak<Self>| Self {
            namespace,
            runtime,
            table: Table::new(seed),
            described: Mutex::default(),
            describing: AtomicUsize::new(0),
            watchers: Watchers::default(),
            release: Hook::new(Weak::clone(own)),
            authority,
        })
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn release(&self) -> &Arc<Hook> {
        &self.release
    }

    pub(super) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    /// Gives a name an owner after `before`, or its owner other words.
    pub(super) fn enter(
        &self,
        writing: &Writing<'_>,
        name: &Hashed,
        before: Option<ProcessRef>,
        owner: ProcessRef,
        slot: u32,
        metadata: Metadata,
    ) {
        self.describe(&name.key, owner, metadata);
        if before == Some(owner) {
            return;
        }
        writing.put(name, owner, slot);
        if let Some(before) = before {
            let reason = ReleaseReason::TakenOver;
            self.watchers.tell(|| NameChange::Released { name: name.key.name(), owner: before, reason });
        }
        self.watchers.tell(|| NameChange::Registered { name: name.key.name(), owner });
    }

    /// Says other words about a name.
    pub(super) fn describe(&self, key: &Key, owner: ProcessRef, metadata: Metadata) {
        if !metadata.is_empty() || self.describing.load(Ordering::Acquire) > 0 {
            let mut described = self.described.lock();
            described.put(key, owner, Arc::new(metadata));
            self.describing.store(described.len(), Ordering::Release);
        }
    }

    /// Frees a name that `owner` has.
    pub(super) fn leave(
        &self,
        writing: &Writing<'_>,
        name: &Hashed,
        owner: ProcessRef,
        reason: impl FnOnce() -> ReleaseReason,
    ) {
        writing.vacate(name);
        self.left(writing, &name.key, owner, reason);
    }

    /// Forgets what was said about a name that `owner` had, and says that it is free.
    pub(super) fn left(
        &self,
        _writing: &Writing<'_>,
        key: &Key,
        owner: ProcessRef,
        reason: impl FnOnce() -> ReleaseReason,
    ) {
        if self.describing.load(Ordering::Acquire) > 0 {
            let mut described = self.described.lock();
            described.remove(key);
            self.describing.store(described.len(), Ordering::Release);
        }
        self.watchers.tell(|| NameChange::Released { name: key.name(), owner, reason: reason() });
    }

    /// The process that owns a name, if it is one of this runtime.
    pub(super) fn process(&self, name: &RegisteredName) -> Option<Arc<dyn Peer>> {
        let (number, slot) = self.table.process(name)?;
        self.runtime.find(number, slot)
    }

    pub(super) fn named(&self, key: &Key, process: ProcessRef) -> Named {
        let metadata = self.described.lock().of(key, process).unwrap_or_default();
        self.with_node(key, process, metadata)
    }

    fn with_node(&self, key: &Key, process: ProcessRef, metadata: Arc<Metadata>) -> Named {
        let node = match &self.authority {
            Authority::Here => None,
            Authority::There(there) => there.node_of(key),
        };
        Named { name: key.name(), process, node: node.unwrap_or_else(|| self.runtime.node().clone()), metadata }
    }

    /// What `search` finds, without what was released meanwhile.
    pub(super) fn find(&self, search: impl FnOnce(&mut Described) -> Vec<Found>) -> Vec<Named> {
        let found = search(&mut self.described.lock());
        let living = found.into_iter().filter(|(key, owner, _)| self.table.get(key) == Some(*owner));
        living.map(|(key, owner, metadata)| self.with_node(&key, owner, metadata)).collect()
    }
}

impl fmt::Debug for Namespaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespaced")
            .field("namespace", &self.namespace)
            .field("names", &self.table.len())
            .finish_non_exhaustive()
    }
}
