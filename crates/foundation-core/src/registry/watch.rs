//! What a namespace's watchers are told: the store's changes, without the records of the dead.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::record::NameRecord;
use super::store::{Records, Stored, named};
use crate::error::Result;
use crate::port::BoxStream;
use crate::port::registry::{RegisteredName, Registration, RegistryChange};
use crate::port::storage::{Change, Revision};

struct Follow {
    records: Records,
    changes: BoxStream<'static, Result<Change>>,
    /// The names that the watcher holds to be owned.
    told: HashSet<RegisteredName>,
    failed: bool,
}

/// Follows a namespace's records.
///
/// Whether a record's owner lives is asked when the record arrives. If it lives then, the record was written before
/// any later session of the node began, and that session deletes it, which arrives here as well. If it does not, the
/// record is a leftover and is not told.
pub(super) fn follow(
    records: Records,
    changes: BoxStream<'static, Result<Change>>,
) -> BoxStream<'static, Result<RegistryChange>> {
    let follow = Follow { records, changes, told: HashSet::new(), failed: false };
    stream::unfold(follow, |mut follow| async move {
        if follow.failed {
            return None;
        }
        let next = follow.next().await.transpose()?;
        follow.failed = next.is_err();
        Some((next, follow))
    })
    .boxed()
}

impl Follow {
    async fn next(&mut self) -> Result<Option<RegistryChange>> {
        while let Some(change) = self.changes.next().await {
            let told = match change? {
                Change::Compacted => {
                    self.told.clear();
                    Some(RegistryChange::Compacted)
                }
                Change::Current(revision) => Some(RegistryChange::Current(revision)),
                Change::Removed { key, revision, .. } => self.released(RegisteredName::new(key.as_str())?, revision),
                Change::Put(entry) => {
                    let (name, stored) = named(&entry)?;
                    self.written(name, stored).await?
                }
            };
            if told.is_some() {
                return Ok(told);
            }
        }
        Ok(None)
    }

    async fn written(&mut self, name: RegisteredName, stored: Stored<NameRecord>) -> Result<Option<RegistryChange>> {
        let revision = stored.revision;
        match stored.record {
            NameRecord::Owned { owner, metadata, .. } if self.records.is_living(&owner).await? => {
                self.told.insert(name.clone());
                Ok(Some(RegistryChange::Registered(Registration { name, owner, metadata, revision })))
            }
            NameRecord::Owned { .. } | NameRecord::Vacant => Ok(self.released(name, revision)),
        }
    }

    fn released(&mut self, name: RegisteredName, revision: Revision) -> Option<RegistryChange> {
        self.told.remove(&name).then_some(RegistryChange::Released { name, revision })
    }
}
