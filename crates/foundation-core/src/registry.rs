//! Names of living processes, and groups of them.
//!
//! [`ProcessRegistry`] is what processes use: [`Names`] of one namespace with lookups that take no lock, metadata,
//! searches and watches. Who decides who owns a name is chosen when it is made: the table in memory, or any
//! [`Registry`](crate::port::registry::Registry) behind the port, which the table then follows. [`ProcessGroups`] are
//! several processes under one name, as in OTP's `pg`.
//!
//! [`KeyValueRegistry`] is the port made of conditional writes alone, so it works wherever a
//! [`KeyValue`](crate::port::storage::KeyValue) does. [`RegistryView`] follows one namespace of any port without a
//! runtime.
//!
//! # How a key-value store holds it
//! - Bucket `registry-sessions`: `n/<node>` holds the node's current session, the revision of whose first record is the
//!   session's epoch; `ns/<namespace>` notes that a namespace is in use.
//! - Bucket `registry_<namespace>`: one record a name, with owner, epoch and metadata.
//!
//! No operation needs two keys at once. A name belongs to somebody if its record names an owner *and* the owner's node
//! still has the session that the record was written in; the end of a session is therefore one write, and records that
//! it leaves behind are dead wherever they turn up. Such records are deleted only so that watchers hear of it: by a
//! session that begins or is closed, and by the watchers themselves where sessions run out
//! ([`KeyValueRegistry::leased`]).

mod changes;
mod claim;
mod described;
mod entry;
mod facade;
mod groups;
mod key;
mod key_value;
mod local;
mod names;
mod namespaced;
mod owned;
mod record;
mod sessions;
mod shared;
mod store;
mod table;
mod view;
mod watch;

pub use changes::{NameChange, NameWatch, ReleaseReason, WatchSettings};
pub use claim::Claim;
pub use facade::ProcessRegistry;
pub use groups::{GroupChange, GroupWatch, ProcessGroups};
pub use key_value::KeyValueRegistry;
pub use names::Names;
pub use namespaced::Named;
pub use view::{RegistryView, ViewState};
