//! A namespace whose authority is the table in memory.
//!
//! Under the lock of a name's shard a registration first hangs its release on the owner's life and then enters the
//! table. A life that has ended takes no release, so nothing of the dead ever enters; one that ends right after waits
//! for the shard and finds the entry. Who gives a name back takes its release back, under the same lock.
//!
//! What hangs on the life is the namespace and the name's hash: with the life's own numbers that is enough to find the
//! entry, and as small as it can be.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::changes::ReleaseReason;
use super::claim::Claim;
use super::entry::Hashed;
use super::key::Key;
use super::namespaced::Namespaced;
use super::shared::not_owner;
use super::table::Table;
use crate::error::{Code, Error, Result};
use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Namespace, RegisteredName};
use crate::process::Exit;
use crate::process::control::{AtEnd, Control};

impl Namespaced {
    /// Registers names, all or none.
    ///
    /// # Errors
    /// `NameTaken`, `ProcessDown`, `InvalidInput`, each of the first claim that it is true of.
    pub(super) fn register_here(&self, claims: Vec<Claim>) -> Result<()> {
        for claim in &claims {
            claim.check(self.runtime(), self.namespace())?;
        }
        let claims: Vec<_> =
            claims.into_iter().map(|claim| (self.table().hashed(Key::new(&claim.name)), claim)).collect();
        let shards: BTreeSet<_> = claims.iter().map(|(name, _)| Table::shard(name.hash)).collect();
        let all: Vec<_> = shards.into_iter().map(|shard| self.table().write_shard(shard)).collect();
        let Some(writing) = all.first() else { return Ok(()) };
        let mut asked: HashMap<&Key, ProcessRef> = HashMap::new();
        let mut new = Vec::new();
        for (name, claim) in &claims {
            let current = asked.insert(&name.key, claim.owner).or_else(|| writing.owner(name));
            self.check_free(claim, current)?;
            if current != Some(claim.owner) {
                new.push((name, claim));
            }
        }
        for (at, (name, claim)) in new.iter().enumerate() {
            if let Err(error) = self.hold(name, claim) {
                for (name, claim) in &new[..at] {
                    claim.not_at_end(self.release(), name.hash);
                }
                return Err(error);
            }
        }
        for (name, claim) in claims {
            let (slot, before) = (claim.slot(), writing.owner(&name));
            self.enter(writing, &name, before, claim.owner, slot, claim.metadata);
        }
        Ok(())
    }

    /// Registers one name.
    ///
    /// # Errors
    /// `NameTaken`, `ProcessDown`, `InvalidInput`.
    pub(super) fn register_one_here(&self, claim: Claim) -> Result<ProcessRef> {
        claim.check(self.runtime(), self.namespace())?;
        let name = self.table().hashed(Key::new(&claim.name));
        let writing = self.table().write(name.hash);
        let current = writing.owner(&name);
        self.check_free(&claim, current)?;
        if current != Some(claim.owner) {
            self.hold(&name, &claim)?;
        }
        let slot = claim.slot();
        self.enter(&writing, &name, current, claim.owner, slot, claim.metadata);
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
    fn hold(&self, name: &Hashed, claim: &Claim) -> Result<()> {
        claim.at_end(self.namespace(), Arc::clone(self.release()), name.hash)
    }

    /// Frees a name, if `owner` has it, a life of the process of `control`.
    pub(super) fn unregister_here(&self, name: &RegisteredName, owner: ProcessRef, control: &Control) -> bool {
        let name = self.table().hashed(Key::new(name));
        let writing = self.table().write(name.hash);
        let is_owner = writing.owner(&name) == Some(owner);
        if is_owner {
            control.not_at_end(owner.incarnation, self.release(), name.hash);
            self.leave(&writing, &name, owner, || ReleaseReason::Unregistered);
        }
        is_owner
    }

    /// Replaces the metadata of a name that a process has.
    ///
    /// # Errors
    /// `NotFound` where it has not; `InvalidInput`.
    pub(super) fn update_here(&self, claim: Claim) -> Result<()> {
        claim.check(self.runtime(), self.namespace())?;
        let name = self.table().hashed(Key::new(&claim.name));
        let writing = self.table().write(name.hash);
        if writing.owner(&name) != Some(claim.owner) {
            return Err(not_owner(self.namespace().as_str(), &claim));
        }
        self.describe(&name.key, claim.owner, claim.metadata);
        Ok(())
    }
}

impl AtEnd for Namespaced {
    /// The token is the hash of the name.
    fn ended(&self, hash: u64, life: ProcessRef, exit: &Exit) {
        let writing = self.table().write(hash);
        if let Some(key) = writing.vacate_of(hash, life) {
            self.left(&writing, &key, life, || ReleaseReason::Ended(exit.clone()));
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
