//! Locks.

use std::collections::BTreeSet;

use super::lease::Lease;
use super::{Sat, Seat, Sitting, Token};
use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::clock::Monotonic;
use crate::port::storage::{KeyRange, Read};

/// A lock: of those who ask for it one at a time gets a [`Lease`], with a token that rises from holder to holder.
///
/// # Who comes next
/// There is no queue. Whoever waits is told when the lock is free and tries at once, and the first write to arrive wins.
/// So a waiter can be passed by one that came later, and each release costs a write of every waiter, of which one
/// succeeds. For turns in order use a queue of work, not a lock.
///
/// # What can keep a free lock taken
/// A holder that died keeps it until its time to live is over. So does, for one time to live at most, a first write whose
/// answer was lost and that arrives after its sender has given up; nobody holds the lock then, and no token is out. A
/// sender that lives looks for such a write for one time to live, and deletes it.
#[derive(Clone, Debug)]
pub struct Lock {
    pub(super) seat: Seat,
}

impl Lock {
    /// Takes the lock, if nobody has it.
    ///
    /// # Errors
    /// Those of the store, and `Timeout` where it did not say within a time to live whether the lock was taken.
    ///
    /// # Cancel safety
    /// Dropping the future gives the lock up, also where it was taken.
    pub async fn try_take(&self) -> Result<Option<Lease>> {
        match self.seat.try_take("").await? {
            Sat::Taken(lease) => Ok(Some(lease)),
            Sat::Refused(_) => Ok(None),
        }
    }

    /// Takes the lock, and waits for it until `until`. It is tried once however early that is.
    ///
    /// # Errors
    /// `Held` where others had it all the time; the last one is named. Else as [`try_take`](Self::try_take), where
    /// trying again cannot help or `until` has come.
    ///
    /// # Cancel safety
    /// As [`try_take`](Self::try_take).
    pub async fn take(&self, until: Monotonic) -> Result<Lease> {
        self.seat.take("", until).await
    }

    /// Who has the lock, and its token.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn holder(&self) -> Result<Option<(NodeId, Token)>> {
        Ok(self.seat.look().await?.map(|sitting| (sitting.record.node.clone(), sitting.token())))
    }
}

impl Seat {
    /// Takes the seat, and waits for it until `until`.
    pub(super) async fn take(&self, words: &str, until: Monotonic) -> Result<Lease> {
        loop {
            let ground = &self.coordination.ground;
            let sitting = match self.try_take(words).await {
                Ok(Sat::Taken(lease)) => return Ok(lease),
                Ok(Sat::Refused(sitting)) => sitting,
                Err(error) => {
                    ground.ride_out(error, until).await?;
                    continue;
                }
            };
            let keys = BTreeSet::from([self.key.clone()]);
            let waited = ground.until_free(&self.bucket, self.range(), &keys, until).await;
            if waited.is_err() {
                return Err(self.held(sitting.as_ref()));
            }
        }
    }

    /// Who sits here now.
    pub(super) async fn look(&self) -> Result<Option<Sitting>> {
        let ground = &self.coordination.ground;
        let entry = ground.store.get(&self.bucket, &self.key, Read::Strict).await?;
        entry.as_ref().map(Sitting::read).transpose()
    }

    /// The range of this key alone: every other one that begins so is longer, and goes on with a character that comes
    /// after all that sort before `-`, of which there is none.
    pub(super) fn range(&self) -> KeyRange {
        KeyRange::between(self.key.as_str(), format!("{}-", self.key))
    }

    fn held(&self, sitting: Option<&Sitting>) -> Error {
        let by = sitting.map_or("others had it".to_owned(), |sitting| {
            format!("node `{}` has it with {}", sitting.record.node, sitting.token())
        });
        Error::new(Code::Held, format!("take `{}`: {by}, and it did not come free in time", self.key))
            .advise("wait longer, or see what its holder is doing")
    }
}
