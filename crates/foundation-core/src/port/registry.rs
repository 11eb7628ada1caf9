//! Names: one living owner each.
//!
//! A node opens a [`Session`]; what it registers is bound to that session and to one life of one process. On one
//! machine a new session of a node voids its earlier ones, because the lock on the folder proves their process
//! dead; in a cluster a session is a key that expires.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::BoxStream;
use super::name::{check, check_dotted, name_type};
use super::storage::Revision;
use crate::error::Result;
use crate::event::{NodeId, ProcessRef};

name_type! {
    /// A part of the registry that is listed and watched by itself: letters, digits, `_` and `-`, at most 32 bytes.
    Namespace, "namespace", 32, "_-", check
}

name_type! {
    /// What a process is registered under: parts between dots, of letters, digits, `_` and `-`, at most 128 bytes.
    RegisteredName, "registered name", 128, "_-.", check_dotted
}

impl RegisteredName {
    /// A name from its own bytes, which were checked when it was first made.
    pub(crate) fn of_checked(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into())
    }
}

/// One run of a node, as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    /// The node.
    pub node: NodeId,
    /// The run: differs between any two sessions.
    pub boot: u64,
    /// Rises from session to session of a node; a fencing token.
    pub epoch: u64,
}

/// Who owns a name: one life of one process in one run of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// The node.
    pub node: NodeId,
    /// Its run.
    pub boot: u64,
    /// The process and its life.
    pub process: ProcessRef,
}

/// Words about a registered process, for lookups by what it is; at most [`METADATA_BYTES`] in all.
pub type Metadata = BTreeMap<String, String>;

/// The most bytes that the keys and values of a registration's metadata may have together.
pub const METADATA_BYTES: usize = 4_096;

/// A name and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The name.
    pub name: RegisteredName,
    /// Its owner.
    pub owner: Owner,
    /// Words about it.
    pub metadata: Metadata,
    /// The version of this registration; rises over all changes of the namespace.
    pub revision: Revision,
}

/// What a watch of the registry tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryChange {
    /// Changes were missed: forget everything; what stands now follows, and [`RegistryChange::Current`] ends it.
    Compacted,
    /// A name has this owner and these words.
    Registered(Registration),
    /// A name has no owner any more.
    Released {
        /// The name.
        name: RegisteredName,
        /// The revision of the release.
        revision: Revision,
    },
    /// Everything that stood at the start was told.
    Current(Revision),
}

/// Names of living processes.
///
/// # Guarantees
/// - **One owner**: of several that register one name at once, exactly one succeeds; registration is linearizable.
/// - **Owners are lives**: a name is bound to a process *and* its incarnation; a release by an earlier life does
///   nothing to the later one's name.
/// - **The dead own nothing**: after [`release_all`](Self::release_all), after the end of its session, and after a
///   newer session of its node, an owner has no names.
/// - **Revisions never go back**, also not after a rebuild of what stores them.
///
/// # Errors of all methods
/// - `SessionExpired`: the session was closed, voided by a newer one, or ran out; open a new one.
/// - `InvalidInput`: too much metadata.
/// - Those of the storage behind it.
///
/// # Cancel safety
/// Dropping the future of a change leaves open whether it took effect.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Registry: Send + Sync + fmt::Debug {
    /// Opens a session for a node and voids its earlier ones: their names are free when this answers.
    async fn open_session(&self, node: &NodeId) -> Result<Session>;

    /// Ends a session and frees its names.
    async fn close_session(&self, session: &Session) -> Result<()>;

    /// Registers a name for a process of the session's node.
    ///
    /// Registering again by the same owner replaces the metadata.
    ///
    /// # Errors
    /// `NameTaken` where another owner lives; it is named in the error.
    async fn register(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
        metadata: Metadata,
    ) -> Result<Registration>;

    /// Frees a name, if `process` of this session owns it; answers whether it did.
    async fn unregister(
        &self,
        session: &Session,
        namespace: &Namespace,
        name: &RegisteredName,
        process: ProcessRef,
    ) -> Result<bool>;

    /// Frees every name of one life of a process; answers how many. The cost grows with what it owned, not with the
    /// size of the registry.
    async fn release_all(&self, session: &Session, process: ProcessRef) -> Result<usize>;

    /// Looks a name up, seeing every registration that was acknowledged before.
    async fn lookup(&self, namespace: &Namespace, name: &RegisteredName) -> Result<Option<Registration>>;

    /// Lists a namespace in the order of names.
    async fn list(&self, namespace: &Namespace) -> Result<Vec<Registration>>;

    /// Tells what stands, then what changes. The stream ends only with an error.
    async fn watch(&self, namespace: &Namespace) -> Result<BoxStream<'static, Result<RegistryChange>>>;
}
