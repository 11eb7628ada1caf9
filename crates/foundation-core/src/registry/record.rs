//! What stands in the store: one byte of version, then the record in postcard.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::registry::{Metadata, Owner};

/// The version of a name's record, and of a session's without an epoch. Postcard is not self-describing, so any change
/// of fields is a new one.
const VERSION: u8 = 1;
/// The version of a session's record that says its epoch.
const WITH_EPOCH: u8 = 2;

/// What is kept in the store, version and fields.
pub(super) trait Record: Sized {
    /// The bytes.
    ///
    /// # Errors
    /// `Encoding`.
    fn encode(&self) -> Result<Bytes>;

    /// Reads the fields of a version; none where this program does not know it.
    fn fields(version: u8, body: &[u8]) -> Option<postcard::Result<(Self, &[u8])>>;
}

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

/// What stands under a node: its current session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionRecord {
    pub(super) node: NodeId,
    pub(super) boot: u64,
    /// The revision of the session's first record; none in that one.
    pub(super) epoch: Option<u64>,
}

impl Record for NameRecord {
    fn encode(&self) -> Result<Bytes> {
        encode_as(VERSION, self)
    }

    fn fields(version: u8, body: &[u8]) -> Option<postcard::Result<(Self, &[u8])>> {
        (version == VERSION).then(|| postcard::take_from_bytes(body))
    }
}

impl Record for SessionRecord {
    fn encode(&self) -> Result<Bytes> {
        match self.epoch {
            // As earlier programs write and read it.
            None => encode_as(VERSION, &(&self.node, self.boot)),
            Some(epoch) => encode_as(WITH_EPOCH, &(&self.node, self.boot, epoch)),
        }
    }

    fn fields(version: u8, body: &[u8]) -> Option<postcard::Result<(Self, &[u8])>> {
        match version {
            VERSION => Some(
                postcard::take_from_bytes(body).map(|((node, boot), rest)| (Self { node, boot, epoch: None }, rest)),
            ),
            WITH_EPOCH => Some(
                postcard::take_from_bytes(body)
                    .map(|((node, boot, epoch), rest)| (Self { node, boot, epoch: Some(epoch) }, rest)),
            ),
            _ => None,
        }
    }
}

fn encode_as(version: u8, fields: &impl Serialize) -> Result<Bytes> {
    let bytes = postcard::to_extend(fields, vec![version])
        .map_err(|error| Error::new(Code::Encoding, "encode a record of the registry").caused_by(error))?;
    Ok(bytes.into())
}

/// Decodes a record; `place` says where it stands, for the error.
pub(super) fn decode<R: Record>(bytes: &[u8], place: impl std::fmt::Display) -> Result<R> {
    let corrupt = |why: &str| Error::new(Code::Corrupt, format!("read the registry's record at {place}: {why}"));
    let (version, body) = bytes.split_first().ok_or_else(|| corrupt("it is empty"))?;
    if *version == 0 {
        return Err(corrupt("it was not written by this program"));
    }
    let Some(fields) = R::fields(*version, body) else {
        let what = format!("read the registry's record at {place}: this program does not know version {version}");
        return Err(Error::new(Code::NewerVersion, what));
    };
    let (record, rest) = fields.map_err(|error| corrupt("its fields cannot be read").caused_by(error))?;
    if !rest.is_empty() {
        return Err(corrupt("it was not written by this program"));
    }
    Ok(record)
}

#[cfg(test)]
mod tests;
