//! A bucket whose writes are refused by the store itself where a later holder has written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::guarded::{fenced, is_older};
use super::lease::record::{decode, encode};
use super::{CoordinationName, Token};
use crate::error::{Code, Error, Result};
use crate::port::storage::{Bucket, Condition, Entry, Key, KeyValue, Read, Revision, Write};

/// How often a raise is tried again after another holder's, each of which had a lower token.
const ATTEMPTS: usize = 100;

/// A resource in a bucket that only the latest holder of a lock writes.
///
/// A record beside the data holds the highest token that was admitted. [`admit`](Self::admit) raises it by a conditional
/// write, and each later write names the revision of that record, so the store refuses it from the moment on at which
/// a higher token is admitted. Neither clocks nor the lock's bucket play a part.
///
/// It holds for writes that go through it, not for those that others make to the bucket by themselves.
#[derive(Clone, Debug)]
pub struct FencedStore {
    store: Arc<dyn KeyValue>,
    bucket: Bucket,
    /// Where the highest token stands.
    fence: Key,
    /// Written along where no write of a batch has room for the fence's condition.
    beside: Key,
}

/// Writes in the name of one holder.
#[derive(Clone, Debug)]
pub struct FencedWriter {
    fenced: FencedStore,
    token: Token,
    /// The revision of the record that admitted it.
    fence: Revision,
}

#[derive(Serialize, Deserialize)]
struct FenceRecord {
    highest: Token,
}

impl FencedStore {
    /// The resource of that name in `bucket`. It uses the keys `fence/<name>` and `fence-beside/<name>`.
    ///
    /// # Errors
    /// None that a checked name can cause.
    pub fn new(store: Arc<dyn KeyValue>, bucket: Bucket, name: &CoordinationName) -> Result<Self> {
        let fence = Key::new(format!("fence/{name}"))?;
        let beside = Key::new(format!("fence-beside/{name}"))?;
        Ok(Self { store, bucket, fence, beside })
    }

    /// The highest token that was admitted.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn highest(&self) -> Result<Option<Token>> {
        Ok(self.read().await?.map(|(highest, _)| highest))
    }

    /// Lets a holder in, and from now on nobody with a lower token.
    ///
    /// # Errors
    /// `Fenced` where a higher token was here before; those of the store.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether the token was admitted; it may be admitted again.
    pub async fn admit(&self, token: Token) -> Result<FencedWriter> {
        for _ in 0..ATTEMPTS {
            let condition = match self.read().await? {
                Some((highest, fence)) if highest == token => {
                    return Ok(FencedWriter { fenced: self.clone(), token, fence });
                }
                Some((highest, _)) if is_older(token, highest) => return Err(fenced(token, highest)),
                Some((_, revision)) => Condition::At(revision),
                None => Condition::Absent,
            };
            let write = Write::put(self.fence.clone(), encode(&FenceRecord { highest: token })?).when(condition);
            match self.store.write(&self.bucket, write).await {
                Ok(fence) => return Ok(FencedWriter { fenced: self.clone(), token, fence }),
                // Whether it took effect is seen when the record is read again.
                Err(error) if matches!(error.code(), Code::Conflict | Code::OutcomeUnknown) => {}
                Err(error) => return Err(error.during(format_args!("admit {token} to `{}`", self.fence))),
            }
        }
        let what = format!("admit {token} to `{}`: its record changed {ATTEMPTS} times meanwhile", self.fence);
        Err(Error::new(Code::Conflict, what))
    }

    async fn read(&self) -> Result<Option<(Token, Revision)>> {
        let Some(entry) = self.store.get(&self.bucket, &self.fence, Read::Strict).await? else { return Ok(None) };
        let FenceRecord { highest } = decode(&entry)?;
        Ok(Some((highest, entry.revision)))
    }
}

impl FencedWriter {
    /// The token it writes with.
    #[must_use]
    pub fn token(&self) -> Token {
        self.token
    }

    /// Reads a key, seeing every write that was acknowledged before.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.fenced.store.get(&self.fenced.bucket, key, Read::Strict).await
    }

    /// Writes a batch, all or nothing, unless a later holder was admitted; answers a revision for each write.
    ///
    /// Writes may have conditions of their own, but none of another fence. Where none of them is without a condition,
    /// one more write is made to a key beside the fence, so a batch may then have one less than the store takes.
    ///
    /// # Errors
    /// `Fenced` where a later holder was admitted: nothing was written, and nothing of this writer will be. Else as
    /// [`KeyValue::commit`]; `Conflict` then means the conditions of the batch itself.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether the batch took effect.
    pub async fn commit(&self, mut writes: Vec<Write>) -> Result<Vec<Revision>> {
        let FencedStore { store, bucket, fence, beside } = &self.fenced;
        if let Some(write) = writes.iter().find(|write| matches!(write.condition, Condition::Fenced { .. })) {
            let what = format!("write `{}` behind `{fence}`: it is fenced by another key already", write.key);
            return Err(Error::new(Code::InvalidInput, what));
        }
        let condition = Condition::Fenced { by: fence.clone(), at: self.fence };
        let count = writes.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        if checks_fence() {
            match writes.iter_mut().find(|write| write.condition == Condition::Any) {
                Some(write) => write.condition = condition,
                None => writes.push(Write::put(beside.clone(), Vec::new()).when(condition)),
            }
        }
        match store.commit(bucket, writes).await {
            Ok(mut revisions) => {
                revisions.truncate(count);
                Ok(revisions)
            }
            Err(error) if error.code() == Code::Conflict => match self.fenced.read().await? {
                Some((_, standing)) if standing == self.fence => Err(error),
                Some((highest, _)) => Err(fenced(self.token, highest).caused_by(error)),
                None => {
                    let what = format!("write behind `{fence}`: its record was deleted");
                    Err(Error::new(Code::Fenced, what).caused_by(error))
                }
            },
            Err(error) => Err(error),
        }
    }

    /// Writes one key; the same as a [`commit`](Self::commit) of one.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    ///
    /// # Cancel safety
    /// As [`commit`](Self::commit).
    pub async fn write(&self, write: Write) -> Result<Revision> {
        let revisions = self.commit(vec![write]).await?;
        revisions
            .first()
            .copied()
            .ok_or_else(|| Error::new(Code::Internal, "a commit of one write answered no revision"))
    }
}

fn checks_fence() -> bool {
    #[cfg(feature = "planted-bugs")]
    if crate::planted::is(crate::planted::Bug::TokenUnchecked) {
        return false;
    }
    true
}
