//! One namespace of a registry, as processes use it.

use std::any::Any;
use std::sync::Arc;

use super::changes::{NameWatch, WatchSettings};
use super::claim::Claim;
use super::key::Key;
use super::namespaced::{Authority, Named, Namespaced};
use super::shared::strictly;
use super::view::ViewState;
use crate::error::Result;
use crate::event::ProcessRef;
use crate::port::registry::{Metadata, Namespace, RegisteredName};
use crate::process::Address;

/// The names of one namespace. Cheap to clone.
///
/// Lookups read a table in memory. In a local registry the table is the truth. In a shared one it follows the port: own
/// changes and own deaths are seen at once, those of other nodes when the port's watch brings them, and
/// [`state`](Self::state) says how far it has come.
#[derive(Clone, Debug)]
pub struct Names {
    shared: Arc<Namespaced>,
}

impl Names {
    pub(super) fn new(shared: Arc<Namespaced>) -> Self {
        Self { shared }
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        self.shared.namespace()
    }

    /// Registers a name for the present life of a process, until that life ends or gives it back; answers which life.
    ///
    /// Registering again by the same life replaces the metadata. A local registry decides at the first poll and never
    /// waits; a shared one asks its port.
    ///
    /// # Errors
    /// - `NameTaken`: somebody else has the name; the error says who.
    /// - `ProcessDown`: the process does not run, or has ended meanwhile.
    /// - `InvalidInput`: the process belongs to another runtime, or there is too much metadata.
    /// - Those of the port, in a shared registry. After `SessionExpired` a new registry has to be made.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it took effect, in a shared registry; the end of the life frees the name
    /// in any case.
    pub async fn register<M: Send + 'static>(
        &self,
        name: &RegisteredName,
        address: &Address<M>,
        metadata: Metadata,
    ) -> Result<ProcessRef> {
        let claim = Claim::new(name, address).metadata(metadata);
        match &self.shared.authority {
            Authority::Here => self.shared.register_one_here(claim),
            // Boxed, so that a local registration does not carry its size about.
            Authority::There(there) => Box::pin(self.shared.register_there(there, claim)).await,
        }
    }

    /// Registers several names.
    ///
    /// A local registry registers all or none, and nobody registers or frees one of them in between; a lookup may see
    /// some of them before the others. A shared one registers them in their order and gives back those before the first
    /// that is refused, so that others may meet them for a while.
    ///
    /// # Errors
    /// As [`register`](Self::register), of the first claim that is refused, which the error names.
    ///
    /// # Cancel safety
    /// As [`register`](Self::register): in a shared registry some of the names may stay registered.
    pub async fn register_many(&self, claims: Vec<Claim>) -> Result<()> {
        match &self.shared.authority {
            Authority::Here => self.shared.register_here(claims),
            Authority::There(there) => {
                let mut done: Vec<(RegisteredName, ProcessRef)> = Vec::new();
                for claim in claims {
                    let name = claim.name.clone();
                    match Box::pin(self.shared.register_there(there, claim)).await {
                        Ok(owner) => done.push((name, owner)),
                        Err(error) => {
                            for (name, owner) in done {
                                // What cannot be given back now is freed at its owner's end.
                                let _ = Box::pin(self.shared.unregister_there(there, &name, owner)).await;
                            }
                            return Err(error);
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// Gives back a name, if the process has it; answers whether it had.
    ///
    /// # Errors
    /// None in a local registry, and those of the port in a shared one.
    pub async fn unregister<M: Send + 'static>(&self, name: &RegisteredName, address: &Address<M>) -> Result<bool> {
        let owner = address.process_ref();
        match &self.shared.authority {
            Authority::Here => Ok(self.shared.unregister_here(name, owner, &address.cell.control)),
            Authority::There(there) => Box::pin(self.shared.unregister_there(there, name, owner)).await,
        }
    }

    /// Replaces the metadata of a name that the process has.
    ///
    /// # Errors
    /// `NotFound` where the process has not the name; otherwise as [`register`](Self::register).
    pub async fn update_metadata<M: Send + 'static>(
        &self,
        name: &RegisteredName,
        address: &Address<M>,
        metadata: Metadata,
    ) -> Result<()> {
        let claim = Claim::new(name, address).metadata(metadata);
        match &self.shared.authority {
            Authority::Here => self.shared.update_here(claim),
            Authority::There(there) => Box::pin(self.shared.update_there(there, claim)).await,
        }
    }

    /// Who owns a name: the process and its life, by the numbers of its node.
    ///
    /// Takes no lock, waits for nobody and touches no reference count. Being here is being alive: the names of
    /// a process of this runtime go before the links and monitors that it had hear of its end. (Who asks in the very
    /// moment of the end, by [`Address::is_alive`], may learn of it while the names are being freed.) In a shared
    /// registry [`lookup`](Self::lookup) tells the node as well.
    #[must_use]
    #[inline]
    pub fn whereis(&self, name: &RegisteredName) -> Option<ProcessRef> {
        self.shared.table().owner(name)
    }

    /// Who owns a name, asked of the authority: in a shared registry it sees every registration that was acknowledged.
    ///
    /// # Errors
    /// None in a local registry, and those of the port in a shared one.
    pub async fn whereis_strict(&self, name: &RegisteredName) -> Result<Option<ProcessRef>> {
        match &self.shared.authority {
            Authority::Here => Ok(self.whereis(name)),
            Authority::There(there) => strictly(there, &self.shared, name).await,
        }
    }

    /// The address of a name's owner, if it is a process of this runtime that takes messages of type `M`.
    #[must_use]
    pub fn address<M: Send + 'static>(&self, name: &RegisteredName) -> Option<Address<M>> {
        let process: Arc<dyn Any + Send + Sync> = self.shared.process(name)?;
        Some(Address { cell: process.downcast().ok()? })
    }

    /// A name with its owner and what is said about it.
    #[must_use]
    pub fn lookup(&self, name: &RegisteredName) -> Option<Named> {
        let owner = self.whereis(name)?;
        Some(self.shared.named(&Key::new(name), owner))
    }

    /// Every name, in order. Names that change meanwhile are told as before or after.
    #[must_use]
    pub fn list(&self) -> Vec<Named> {
        self.shared.table().all().into_iter().map(|(key, owner)| self.shared.named(&key, owner)).collect()
    }

    /// The registrations whose metadata has `value` under `key`, in the order of names.
    ///
    /// The first search for a key makes an index, which is kept from then on.
    #[must_use]
    pub fn find(&self, key: &str, value: &str) -> Vec<Named> {
        self.shared.find(|described| described.exactly(key, value))
    }

    /// The registrations whose metadata has a value under `key` in which `text` stands; with an empty text, all that
    /// have the key. In the order of names. Looks at every value of the key, by the index that [`find`](Self::find)
    /// uses.
    #[must_use]
    pub fn find_containing(&self, key: &str, text: &str) -> Vec<Named> {
        self.shared.find(|described| described.containing(key, text))
    }

    /// The registrations that `wanted` picks, in the order of names. Looks at every name.
    #[must_use]
    pub fn find_where(&self, wanted: impl FnMut(&Named) -> bool) -> Vec<Named> {
        let mut all = self.list();
        let mut wanted = wanted;
        all.retain(|named| wanted(named));
        all
    }

    /// Follows what changes, beginning with what stands.
    #[must_use]
    pub fn watch(&self, settings: WatchSettings) -> NameWatch {
        NameWatch::new(&self.shared, settings)
    }

    /// How far the table has come: `None` in a local registry, where it is the truth.
    #[must_use]
    pub fn state(&self) -> Option<ViewState> {
        match &self.shared.authority {
            Authority::Here => None,
            Authority::There(there) => Some(there.state()),
        }
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.table().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
