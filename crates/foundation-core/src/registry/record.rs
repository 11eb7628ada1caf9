//! What stands in the store: one byte of version, then the record in postcard.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::registry::{Metadata, Owner};

/// The version of both records. Postcard is not self-describing, so any change of fields is a new one.
const VERSION: u8 = 1;

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum NameRecord {
    /// Nobody owns the name; the record keeps a registration that may still be under way from taking effect.
    Vacant,
    /// Somebody owns the name, as long as the session lives.
    Owned {
        /// Who.
        owner: Owner,
        /// The epoch of the owner's session.
        epoch: u64,
        /// Words about it.
        metadata: Metadata,
    },
}

/// What stands under a node: its current session. The epoch is the record's revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionRecord {
    pub(super) node: NodeId,
    pub(super) boot: u64,
}

/// Encodes a record.
pub(super) fn encode(record: &impl Serialize) -> Result<Bytes> {
    let bytes = postcard::to_extend(record, vec![VERSION])
        .map_err(|error| Error::new(Code::Encoding, "encode a record of the registry").caused_by(error))?;
    Ok(bytes.into())
}

/// Decodes a record; `place` says where it stands, for the error.
pub(super) fn decode<'a, R: Deserialize<'a>>(bytes: &'a [u8], place: impl std::fmt::Display) -> Result<R> {
    let corrupt = |why: &str| Error::new(Code::Corrupt, format!("read the registry's record at {place}: {why}"));
    let (version, body) = bytes.split_first().ok_or_else(|| corrupt("it is empty"))?;
    if *version > VERSION {
        let what =
            format!("read the registry's record at {place}: it has version {version}, this program knows {VERSION}");
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
