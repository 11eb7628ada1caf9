//! What stands in the store: one byte of version, then the record in postcard.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::storage::{Entry, Revision};

/// The version of the records of coordination. Postcard is not self-describing, so any change of fields is a new one.
const VERSION: u8 = 1;

/// What a holder writes, and reads its own writes by.
pub(crate) trait Claim: Send + Sync {
    /// The value to write; `token` is none in the first write, whose revision becomes the token.
    ///
    /// # Errors
    /// `Encoding`.
    fn encode(&self, token: Option<Revision>) -> Result<Bytes>;

    /// The token in the value, if it is one that [`encode`](Self::encode) made; the outer `None` says that it is
    /// somebody else's.
    ///
    /// # Errors
    /// `Corrupt` and `NewerVersion`.
    fn read(&self, entry: &Entry) -> Result<Option<Option<Revision>>>;
}

/// The record of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeaseRecord {
    /// The holder's node, for those who are refused.
    pub(crate) node: NodeId,
    /// Names this one attempt to hold it, so that a lost answer can be told from another's success.
    pub(crate) nonce: u128,
    /// The first revision; none in the record that has it.
    pub(crate) token: Option<u64>,
    /// What the holder says to those who look.
    pub(crate) words: String,
}

impl LeaseRecord {
    /// The token of the lease that this record stands for.
    pub(crate) fn token(&self, revision: Revision) -> Revision {
        self.token.map_or(revision, Revision)
    }
}

impl Claim for LeaseRecord {
    fn encode(&self, token: Option<Revision>) -> Result<Bytes> {
        encode(&Self { token: token.map(|token| token.0), ..self.clone() })
    }

    fn read(&self, entry: &Entry) -> Result<Option<Option<Revision>>> {
        let found: Self = decode(entry)?;
        Ok((found.nonce == self.nonce).then(|| found.token.map(Revision)))
    }
}

/// Encodes a record of coordination.
pub(crate) fn encode(record: &impl Serialize) -> Result<Bytes> {
    let bytes = postcard::to_extend(record, vec![VERSION])
        .map_err(|error| Error::new(Code::Encoding, "encode a record of coordination").caused_by(error))?;
    Ok(bytes.into())
}

/// Decodes a record of coordination.
pub(crate) fn decode<R: DeserializeOwned>(entry: &Entry) -> Result<R> {
    let place = || format!("read the record of coordination at `{}`, revision {}", entry.key, entry.revision.0);
    let corrupt = |why: &str| Error::new(Code::Corrupt, format!("{}: {why}", place()));
    let (version, body) = entry.value.split_first().ok_or_else(|| corrupt("it is empty"))?;
    if *version > VERSION {
        let what = format!("{}: it has version {version}, this program knows {VERSION}", place());
        return Err(Error::new(Code::NewerVersion, what));
    }
    let (record, rest) =
        postcard::take_from_bytes(body).map_err(|error| corrupt("its fields cannot be read").caused_by(error))?;
    if !rest.is_empty() || *version == 0 {
        return Err(corrupt("it was not written by this program"));
    }
    Ok(record)
}

#[cfg(test)]
mod tests;
