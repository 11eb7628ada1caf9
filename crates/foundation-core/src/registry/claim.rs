//! What is asked of a registry: this name for the present life of that process.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::event::ProcessRef;
use crate::port::registry::{METADATA_BYTES, Metadata, Namespace, RegisteredName};
use crate::process::Address;
use crate::process::cell::Cell;
use crate::process::control::{Control, Hook};
use crate::runtime::Runtime;

/// What owns a name: a process of any kind.
pub(super) trait Registrant: Send + Sync {
    fn control(&self) -> &Control;
    /// The runtime that it was first started on.
    fn runtime(&self) -> Option<&Runtime>;
}

impl<M: Send + 'static> Registrant for Cell<M> {
    fn control(&self) -> &Control {
        &self.control
    }

    fn runtime(&self) -> Option<&Runtime> {
        self.runtime()
    }
}

/// One name for the life that a process has when the claim is made, with what is said about it.
#[derive(Clone)]
pub struct Claim {
    pub(super) name: RegisteredName,
    pub(super) owner: ProcessRef,
    pub(super) process: Arc<dyn Registrant>,
    pub(super) metadata: Metadata,
}

impl Claim {
    /// A claim without metadata.
    #[must_use]
    pub fn new<M: Send + 'static>(name: &RegisteredName, address: &Address<M>) -> Self {
        Self {
            name: name.clone(),
            owner: address.process_ref(),
            process: Arc::clone(&address.cell) as Arc<dyn Registrant>,
            metadata: Metadata::new(),
        }
    }

    /// The same with these words about the process, for [`find`](super::Names::find) and its like.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Where the runtime has its process.
    pub(super) fn slot(&self) -> u32 {
        self.process.control().slot()
    }

    /// Checks what does not change with time.
    ///
    /// # Errors
    /// `InvalidInput` for a process of another runtime, whose numbers mean other processes, and for too much metadata.
    pub(super) fn check(&self, runtime: &Runtime, namespace: &Namespace) -> Result<()> {
        check_metadata(&self.name, &self.metadata)?;
        match self.process.runtime() {
            None => Err(self.down(namespace)),
            // Two runtimes are the same if what they are made of stands in the same place.
            Some(own) if std::ptr::eq(own.node(), runtime.node()) => Ok(()),
            Some(_) => Err(Error::new(
                Code::InvalidInput,
                format!("register `{}` in namespace `{namespace}`: its process runs on another runtime", self.name),
            )),
        }
    }

    /// Has what `hook` points to told with `token` when the life ends.
    ///
    /// # Errors
    /// `ProcessDown` where it has ended.
    pub(super) fn at_end(&self, namespace: &Namespace, hook: Arc<Hook>, token: u64) -> Result<()> {
        let is_alive = self.process.control().at_end(self.owner.incarnation, hook, token);
        if is_alive { Ok(()) } else { Err(self.down(namespace)) }
    }

    /// Takes that back.
    pub(super) fn not_at_end(&self, hook: &Arc<Hook>, token: u64) {
        self.process.control().not_at_end(self.owner.incarnation, hook, token);
    }

    pub(super) fn down(&self, namespace: &Namespace) -> Error {
        let ProcessRef { process, incarnation } = self.owner;
        let what = format!(
            "register `{}` in namespace `{namespace}`: process {process} (life {incarnation}) is not running",
            self.name
        );
        Error::new(Code::ProcessDown, what)
    }
}

/// # Errors
/// `InvalidInput` for more than [`METADATA_BYTES`].
pub(super) fn check_metadata(name: &RegisteredName, metadata: &Metadata) -> Result<()> {
    let size: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > METADATA_BYTES {
        let what = format!("register `{name}`: {size} bytes of metadata, at most {METADATA_BYTES} are allowed");
        return Err(Error::new(Code::InvalidInput, what));
    }
    Ok(())
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("name", &self.name)
            .field("process", &self.owner)
            .field("metadata", &self.metadata)
            .finish()
    }
}
