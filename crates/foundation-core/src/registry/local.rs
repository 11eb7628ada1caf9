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

use super::changes::ReleaseReason;
use super::claim::Claim;
use super::key::Key;
use super::namespaced::{Authority, Namespaced};
use super::shared::not_owner;
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
    /// Registers names, all or none.
    ///
    /// # Errors
    /// `NameTaken`, `ProcessDown`, `InvalidInput`, each of the first claim that it is true of.
    pub(super) fn register_here(self: &Arc<Self>, returned: &Returned, claims: Vec<Claim>) -> Result<()> {
        for claim in &claims {
            claim.check(self.runtime(), self.namespace())?;
        }
        let claims: Vec<_> = claims.into_iter().map(|claim| (Key::new(&claim.name), claim)).collect();
        let shards: BTreeSet<_> = claims.iter().map(|(key, _)| self.table().shard(key)).collect();
        let writing: Vec<_> = shards.into_iter().map(|shard| self.table().write_shard(shard)).collect();
        let mut asked: HashMap<&Key, ProcessRef> = HashMap::new();
        for (key, claim) in &claims {
            let current = asked.insert(key, claim.owner).or_else(|| self.table().get(key));
            self.check_free(claim, current)?;
        }
        for (at, (key, claim)) in claims.iter().enumerate() {
            if let Err(error) = self.hold(returned, key, claim) {
                for (key, claim) in &claims[..at] {
                    if self.table().get(key) != Some(claim.owner) {
                        returned.give_back(claim.owner, key);
                    }
                }
                return Err(error);
            }
        }
        for (key, claim) in claims {
            if let Some(writing) = writing.first() {
                self.enter(writing, &key, claim.owner, claim.weak(), claim.metadata);
            }
        }
        Ok(())
    }

    /// Registers one name.
    ///
    /// # Errors
    /// `NameTaken`, `ProcessDown`, `InvalidInput`.
    pub(super) fn register_one_here(self: &Arc<Self>, returned: &Returned, claim: Claim) -> Result<ProcessRef> {
        claim.check(self.runtime(), self.namespace())?;
        let key = Key::new(&claim.name);
        let writing = self.table().write(&key);
        self.check_free(&claim, self.table().get(&key))?;
        self.hold(returned, &key, &claim)?;
        self.enter(&writing, &key, claim.owner, claim.weak(), claim.metadata);
        Ok(claim.owner)
    }

    fn check_free(&self, claim: &Claim, current: Option<ProcessRef>) -> Result<()> {
        let wanted = claim.owner;
        match current {
            // A later life of a process proves the earlier one dead.
            Some(current) if current.process != wanted.process || current.incarnation > wanted.incarnation => {
                Err(taken(self.namespace(), &claim.name, self.runtime().node(), current))
            }
            _ => Ok(()),
        }
    }

    /// Sees to it that a name is released when its owner's life ends. The name's shard is held.
    fn hold(self: &Arc<Self>, returned: &Returned, key: &Key, claim: &Claim) -> Result<()> {
        if self.table().get(key) == Some(claim.owner) || returned.take(claim.owner, key) {
            return Ok(());
        }
        let (names, held) = (Arc::clone(self), key.clone());
        claim.at_end(self.namespace(), Box::new(move |life| names.ended_here(life, &held)))
    }

    /// Frees a name, if `owner` has it.
    pub(super) fn unregister_here(&self, returned: &Returned, name: &RegisteredName, owner: ProcessRef) -> bool {
        let key = Key::new(name);
        let writing = self.table().write(&key);
        let is_owner = self.table().get(&key) == Some(owner);
        if is_owner {
            returned.give_back(owner, &key);
            self.leave(&writing, &key, owner, || ReleaseReason::Unregistered);
        }
        is_owner
    }

    /// Replaces the metadata of a name that a process has.
    ///
    /// # Errors
    /// `NotFound` where it has not; `InvalidInput`.
    pub(super) fn update_here(&self, claim: Claim) -> Result<()> {
        claim.check(self.runtime(), self.namespace())?;
        let key = Key::new(&claim.name);
        let _writing = self.table().write(&key);
        if self.table().get(&key) != Some(claim.owner) {
            return Err(not_owner(self.namespace().as_str(), &claim));
        }
        self.describe(&key, claim.owner, claim.metadata);
        Ok(())
    }

    /// Frees what a life had that has ended: `key`, and what it registered after it had given a name back.
    fn ended_here(&self, life: ProcessRef, key: &Key) {
        self.release_here(life, key);
        if let Authority::Here(returned) = &self.authority {
            while let Some(key) = returned.next_of(life) {
                self.release_here(life, &key);
            }
        }
    }

    fn release_here(&self, life: ProcessRef, key: &Key) {
        let writing = self.table().write(key);
        if self.table().get(key) == Some(life) {
            let process = self.table().process(key.bytes());
            let exit = || process.and_then(|process| process.last_exit());
            self.leave(&writing, key, life, || exit().map_or(ReleaseReason::Elsewhere, ReleaseReason::Ended));
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

#[cfg(test)]
mod tests;
