//! A block: the unit that is written, checked and chained; one commit has one, a large one several.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | magic `FSBK` |
//! | 2 | version |
//! | 2 | zero |
//! | 8 | number, one more than the block before |
//! | 16 | hash of the block before; zero before the first |
//! | 8 | the first sequence that this block could give out |
//! | 8 | the last one that it gave out; one less than the first where it has no events |
//! | 4 | how many frames |
//! | 4 | bytes of frames |
//! | … | the frames |
//! | 16 | hash of everything above |
//!
//! Numbers are in little endian. A block lies in one piece in sled's file, so it can be found by its magic and
//! proved by its hash also where sled itself no longer opens.

use foundation_core::{Code, Error, Result};

use super::frame::{Frame, Frames};
use crate::bytes::{Digest, Reader, digest};
use crate::failure::corrupt;

pub(crate) const MAGIC: [u8; 4] = *b"FSBK";
const VERSION: u16 = 1;
pub(crate) const HEADER_BYTES: usize = 56;
const HASH_BYTES: usize = size_of::<Digest>();

/// The most bytes of a block; 18 of them stay below a quarter of a segment (see `engine`).
pub(crate) const BLOCK_BYTES: usize = 48 * 1024;
const _: () = assert!(18 * BLOCK_BYTES < crate::engine::SEGMENT_BYTES / 4);

/// The most bytes of frames in a block.
pub(crate) const BODY_BYTES: usize = BLOCK_BYTES - HEADER_BYTES - HASH_BYTES;

/// The place of a block in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) hash: Digest,
    /// The last sequence that was given out up to here.
    pub(crate) sequence: u64,
}

impl Link {
    /// Before every block.
    pub(crate) const ORIGIN: Self = Self { number: 0, hash: [0; 16], sequence: 0 };
}

/// Fills a block.
#[derive(Debug)]
pub(crate) struct Builder {
    before: Link,
    sequence: u64,
    frames: u32,
    bytes: Vec<u8>,
}

impl Builder {
    pub(crate) fn after(before: Link) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.resize(HEADER_BYTES, 0);
        Self { before, sequence: before.sequence, frames: 0, bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames == 0
    }

    pub(crate) fn has_room(&self, frame_bytes: usize) -> bool {
        self.bytes.len() - HEADER_BYTES + frame_bytes <= BODY_BYTES
    }

    /// Adds a frame that gives out `events` sequences.
    pub(crate) fn push(&mut self, frame: &[u8], events: u32) {
        self.bytes.extend_from_slice(frame);
        self.sequence += u64::from(events);
        self.frames += 1;
    }

    /// Leaves out sequences, so that the next event gets `sequence`.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        self.sequence = self.sequence.max(sequence.saturating_sub(1));
    }

    /// The sequence that the next event gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.sequence + 1
    }

    /// The number that this block will have.
    pub(crate) fn number(&self) -> u64 {
        self.before.number + 1
    }

    /// Writes header and hash.
    pub(crate) fn finish(mut self) -> (Link, Vec<u8>) {
        let body = (self.bytes.len() - HEADER_BYTES) as u32;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&[0; 2]);
        header.extend_from_slice(&self.number().to_le_bytes());
        header.extend_from_slice(&self.before.hash);
        header.extend_from_slice(&(self.before.sequence + 1).to_le_bytes());
        header.extend_from_slice(&self.sequence.to_le_bytes());
        header.extend_from_slice(&self.frames.to_le_bytes());
        header.extend_from_slice(&body.to_le_bytes());
        self.bytes[..HEADER_BYTES].copy_from_slice(&header);
        let hash = digest(&[&self.bytes]);
        let link = Link { number: self.number(), hash, sequence: self.sequence };
        self.bytes.extend_from_slice(&hash);
        (link, self.bytes)
    }
}

/// A block that passed its own checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) link: Link,
    pub(crate) previous: Digest,
    /// The first sequence that it could give out.
    pub(crate) first: u64,
    frames: u32,
    body: &'a [u8],
}

impl<'a> Block<'a> {
    /// Checks and reads a block that fills `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let (block, rest) = Self::parse_front(bytes)?;
        if !rest.is_empty() {
            return Err(corrupt("bytes are left over behind the block"));
        }
        Ok(block)
    }

    /// Checks and reads a block at the front of `bytes`.
    pub(crate) fn parse_front(bytes: &'a [u8]) -> Result<(Self, &'a [u8])> {
        let short = || corrupt("the block is cut short");
        let mut reader = Reader::new(bytes);
        if reader.array() != Some(MAGIC) {
            return Err(corrupt("it does not begin as a block"));
        }
        let version = reader.u16().ok_or_else(short)?;
        let _zero = reader.u16();
        let number = reader.u64().ok_or_else(short)?;
        let previous = reader.array().ok_or_else(short)?;
        let first = reader.u64().ok_or_else(short)?;
        let sequence = reader.u64().ok_or_else(short)?;
        let frames = reader.u32().ok_or_else(short)?;
        let length = reader.u32().ok_or_else(short)? as usize;
        if length > BODY_BYTES {
            return Err(corrupt("the block's length is out of range"));
        }
        let body = reader.take(length).ok_or_else(short)?;
        let hash: Digest = reader.array().ok_or_else(short)?;
        if digest(&[&bytes[..HEADER_BYTES + length]]) != hash {
            return Err(corrupt("the block's hash does not fit its bytes"));
        }
        // After the hash: a damaged version must not pass for a newer one.
        if version > VERSION {
            return Err(Error::new(
                Code::NewerVersion,
                format!("read block {number}: it has version {version}, this program knows up to {VERSION}"),
            ));
        }
        Ok((Self { link: Link { number, hash, sequence }, previous, first, frames, body }, reader.rest()))
    }

    /// Reads a block that this process has just made, or checked before: without its hash.
    pub(crate) fn trusted(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.take(8)?;
        let number = reader.u64()?;
        let previous = reader.array()?;
        let (first, sequence, frames, length) = (reader.u64()?, reader.u64()?, reader.u32()?, reader.u32()?);
        let body = reader.take(length as usize)?;
        Some(Self { link: Link { number, hash: reader.array()?, sequence }, previous, first, frames, body })
    }

    /// Its frames, each checked as it is read.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Result<Frame<'a>>> + use<'a> {
        Frames::new(self.body, self.frames)
    }
}

#[cfg(test)]
mod tests;
