//! One namespace of a registry, as processes use it.

use std::any::Any;
use std::sync::Arc;

use super::claim::Claim;
use super::local::Returned;
use super::table::Table;
use crate::error::Result;
use crate::event::ProcessRef;
use crate::port::registry::{Metadata, Namespace, RegisteredName};
use crate::process::Address;
use crate::runtime::Runtime;

/// The names of one namespace. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Names {
    shared: Arc<Namespaced>,
}

/// What the clones of [`Names`] share.
#[derive(Debug)]
pub(super) struct Namespaced {
    namespace: Namespace,
    runtime: Runtime,
    table: Table,
    authority: Authority,
}

/// Who decides who owns a name.
#[derive(Debug)]
pub(super) enum Authority {
    /// The table itself.
    Here(Returned),
}

impl Namespaced {
    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn returned(&self) -> Option<&Returned> {
        match &self.authority {
            Authority::Here(returned) => Some(returned),
        }
    }
}

impl Names {
    pub(super) fn new(namespace: Namespace, runtime: Runtime, seed: u64, authority: Authority) -> Self {
        Self { shared: Arc::new(Namespaced { namespace, runtime, table: Table::new(seed), authority }) }
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.shared.namespace
    }

    /// Registers a name for the present life of a process, until that life ends or gives it back; answers which life.
    ///
    /// Registering again by the same life replaces the metadata. In a local registry this is decided at the first
    /// poll, and never waits.
    ///
    /// # Errors
    /// - `NameTaken`: somebody else has the name; the error says who.
    /// - `ProcessDown`: the process does not run, or has ended meanwhile.
    /// - `InvalidInput`: the process belongs to another runtime, or there is too much metadata.
    pub async fn register<M: Send + 'static>(
        &self,
        name: &RegisteredName,
        address: &Address<M>,
        metadata: Metadata,
    ) -> Result<ProcessRef> {
        let claim = Claim::new(name, address).metadata(metadata);
        match &self.shared.authority {
            Authority::Here(returned) => self.shared.register_here(returned, claim),
        }
    }

    /// Gives back a name, if the process has it; answers whether it had.
    ///
    /// # Errors
    /// None in a local registry.
    pub async fn unregister<M: Send + 'static>(&self, name: &RegisteredName, address: &Address<M>) -> Result<bool> {
        match &self.shared.authority {
            Authority::Here(returned) => Ok(self.shared.unregister_here(returned, name, address.process_ref())),
        }
    }

    /// Who owns a name: the process and its life.
    ///
    /// Takes no lock, waits for nobody and touches no reference count. In a local registry the owner's life has not
    /// ended, as far as anybody was told: its names go before the first link or monitor hears of its end, so no other
    /// check of its life is needed.
    #[must_use]
    #[inline]
    pub fn whereis(&self, name: &RegisteredName) -> Option<ProcessRef> {
        self.shared.table.owner(name)
    }

    /// The address of a name's owner, if it is a process of this runtime that takes messages of type `M`.
    #[must_use]
    pub fn address<M: Send + 'static>(&self, name: &RegisteredName) -> Option<Address<M>> {
        let process: Arc<dyn Any + Send + Sync> = self.shared.table.process(name)?;
        Some(Address { cell: process.downcast().ok()? })
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
