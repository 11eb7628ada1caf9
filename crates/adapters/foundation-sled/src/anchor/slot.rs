//! One slot as bytes: magic, version, turn, what the part ends with, checksum.

use foundation_core::{Code, Error, Result};

use crate::bytes::{Digest, Reader, digest};

pub(crate) const SLOT_BYTES: usize = 128;
const VERSION: u16 = 1;

/// What a part of the store ends with.
pub(crate) trait Payload: Copy + std::fmt::Debug {
    const MAGIC: [u8; 4];
    const NAME: &'static str;
    const FIRST_PAGE: u64;
    fn write(&self, out: &mut Vec<u8>);
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// What the log ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogHead {
    /// The last block; 0 before the first.
    pub(crate) block: u64,
    /// Its hash.
    pub(crate) hash: Digest,
    /// The last sequence that was given out.
    pub(crate) sequence: u64,
    /// The first block that is kept.
    pub(crate) base: u64,
}

impl Payload for LogHead {
    const MAGIC: [u8; 4] = *b"FSHL";
    const NAME: &'static str = "log";
    const FIRST_PAGE: u64 = 0;

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.block.to_le_bytes());
        out.extend_from_slice(&self.hash);
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.base.to_le_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { block: reader.u64()?, hash: reader.array()?, sequence: reader.u64()?, base: reader.u64()? })
    }
}

/// What the key-value folder ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyValueHead {
    /// The last revision that was given out and acknowledged.
    pub(crate) revision: u64,
    /// Revisions up to here may have been given out: a rebuilt store begins above.
    pub(crate) reserved: u64,
}

impl Payload for KeyValueHead {
    const MAGIC: [u8; 4] = *b"FSHK";
    const NAME: &'static str = "key-value folder";
    const FIRST_PAGE: u64 = 2;

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.revision.to_le_bytes());
        out.extend_from_slice(&self.reserved.to_le_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { revision: reader.u64()?, reserved: reader.u64()? })
    }
}

/// What a slot holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Slot<P> {
    /// Never written.
    Blank,
    /// Written, and not what was written.
    Damaged,
    /// Sound.
    Written { turn: u64, head: P },
}

impl<P: Payload> Slot<P> {
    pub(super) fn encode(turn: u64, head: &P) -> Vec<u8> {
        let mut out = Vec::with_capacity(SLOT_BYTES);
        out.extend_from_slice(&P::MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&turn.to_le_bytes());
        head.write(&mut out);
        out.resize(SLOT_BYTES - size_of::<Digest>(), 0);
        let checksum = digest(&[&out]);
        out.extend_from_slice(&checksum);
        out
    }

    pub(super) fn decode(bytes: &[u8; SLOT_BYTES]) -> Result<Self> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Self::Blank);
        }
        let (body, checksum) = bytes.split_at(SLOT_BYTES - size_of::<Digest>());
        if digest(&[body]) != checksum {
            return Ok(Self::Damaged);
        }
        let mut reader = Reader::new(body);
        if reader.array() != Some(P::MAGIC) {
            return Ok(Self::Damaged);
        }
        let version = reader.u16().unwrap_or_default();
        if version > VERSION {
            return Err(Error::new(
                Code::NewerVersion,
                format!("read the file `head`: its slots have version {version}, this program knows up to {VERSION}"),
            ));
        }
        match (reader.u64(), P::read(&mut reader)) {
            (Some(turn), Some(head)) => Ok(Self::Written { turn, head }),
            _ => Ok(Self::Damaged),
        }
    }
}
