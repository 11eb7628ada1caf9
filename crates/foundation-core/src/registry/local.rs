//! A namespace whose authority is the table in memory.
//!
//! Under the lock of a name's shard a registration first hangs its release on the owner's life and then enters the
//! table. A life that has ended takes no release, so nothing of the dead ever enters; one that ends right after waits
//! for the shard and finds the entry.
//!
//! A process that gives a name back while it lives leaves the release behind, which does nothing then. So that one that
//! takes and gives back names all its life does not pile them up, what it registers after its first such return stands
//! in [`Returned`], which any of its releases empties.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::claim::Claim;
use super::key::Key;
use super::names::Namespaced;
use super::table::{Entry, Writing};
use crate::error::{Code, Error, Result};
use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Namespace, RegisteredName};

/// What was registered by lives that had given back a name before.
#[derive(Debug, Default)]
pub(super) struct Returned {
    /// How many lives there are; lets everybody else pass without the lock.
    lives: AtomicUsize,
    names: Mutex<HashMap<ProcessRef, BTreeSet<Key>>>,
}

impl Returned {
    /// Notes that `owner` gives back `key`. It has a release left, so the note does not outlive it.
    fn give_back(&self, owner: ProcessRef, key: &Key) {
        let mut names = self.names.lock();
        names.entry(owner).or_default().remove(key);
        self.lives.store(names.len(), Ordering::Release);
    }

    /// Takes a name of a life that has a note; answers whether it has.
    fn take(&self, owner: ProcessRef, key: &Key) -> bool {
        if self.lives.load(Ordering::Acquire) == 0 {
            return false;
        }
        match self.names.lock().get_mut(&owner) {
            Some(keys) => {
                keys.insert(key.clone());
                true
            }
            None => false,
        }
    }

    /// The next name that an ended life had noted. The note goes with the last of them, so that a name that is given
    /// back meanwhile does not begin a new one.
    fn next_of(&self, ended: ProcessRef) -> Option<Key> {
        if self.lives.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut names = self.names.lock();
        let key = names.get_mut(&ended)?.pop_first();
        if key.is_none() {
            names.remove(&ended);
            self.lives.store(names.len(), Ordering::Release);
        }
        key
    }
}

impl Namespaced {
    /// Registers one name.
    ///
    /// # Errors
    /// `NameTaken`, `ProcessDown`, `InvalidInput`.
    pub(super) fn register_here(self: &Arc<Self>, returned: &Returned, claim: Claim) -> Result<ProcessRef> {
        claim.check(self.runtime(), self.namespace())?;
        let owner = claim.owner;
        let key = Key::new(&claim.name);
        let writing = self.table().write(&key);
        self.claim(&writing, returned, key, claim)?;
        Ok(owner)
    }

    fn claim(self: &Arc<Self>, writing: &Writing<'_>, returned: &Returned, key: Key, claim: Claim) -> Result<()> {
        match self.table().get(&key) {
            Some(current) if current == claim.owner => return Ok(()),
            // A later life of a process proves the earlier one dead.
            Some(current)
                if current.process != claim.owner.process || current.incarnation > claim.owner.incarnation =>
            {
                return Err(taken(self.namespace(), &claim.name, self.runtime().node(), current));
            }
            _ => {}
        }
        if !returned.take(claim.owner, &key) {
            let (names, held) = (Arc::clone(self), key.clone());
            claim.at_end(self.namespace(), Box::new(move |life| names.ended_here(life, &held)))?;
        }
        self.table().put(writing, key, Entry { owner: claim.owner, process: claim.weak() });
        Ok(())
    }

    /// Frees a name, if `owner` has it.
    pub(super) fn unregister_here(&self, returned: &Returned, name: &RegisteredName, owner: ProcessRef) -> bool {
        let key = Key::new(name);
        let writing = self.table().write(&key);
        let is_owner = self.table().get(&key) == Some(owner);
        if is_owner {
            returned.give_back(owner, &key);
            self.table().remove(&writing, key);
        }
        is_owner
    }

    /// Frees what a life had that has ended: `key`, and what it registered after it had given a name back.
    fn ended_here(&self, life: ProcessRef, key: &Key) {
        self.release_here(life, key);
        if let Some(returned) = self.returned() {
            while let Some(key) = returned.next_of(life) {
                self.release_here(life, &key);
            }
        }
    }

    fn release_here(&self, life: ProcessRef, key: &Key) {
        let writing = self.table().write(key);
        if self.table().get(key) == Some(life) {
            self.table().remove(&writing, key.clone());
        }
    }
}

/// Says who has a name.
pub(super) fn taken(namespace: &Namespace, name: &RegisteredName, node: &NodeId, owner: ProcessRef) -> Error {
    let ProcessRef { process, incarnation } = owner;
    let what = format!(
        "register `{name}` in namespace `{namespace}`: process {process} (life {incarnation}) of node `{node}` owns it"
    );
    Error::new(Code::NameTaken, what)
}
