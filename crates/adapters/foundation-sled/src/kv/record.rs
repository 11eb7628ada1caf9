//! Rows of the key-value folder: values, and the one row that tells what all of them add up to.
//!
//! A row's key is the bucket's name, a zero byte and the key; its value is: version (1 byte), revision (8), wall time
//! of its end in nanoseconds or 0 (8), checksum over key and all of these (16), the value. Numbers are in little
//! endian.
//!
//! sled can lose rows without a word, so the row [`SUMS_KEY`] holds their number and the exclusive or of their
//! checksums, and is written with every batch.

use bytes::Bytes;
use foundation_core::Result;
use foundation_core::port::storage::{Bucket, Key};

use crate::bytes::{Digest, Reader, digest};
use crate::failure::corrupt;

const VERSION: u8 = 1;

/// No bucket has an empty name, so no row has this key.
pub(crate) const SUMS_KEY: &[u8] = b"\0sums";

/// A row's key.
pub(crate) fn row_key(bucket: &Bucket, key: &Key) -> Vec<u8> {
    let mut row = Vec::with_capacity(bucket.as_str().len() + 1 + key.as_str().len());
    row.extend_from_slice(bucket.as_str().as_bytes());
    row.push(0);
    row.extend_from_slice(key.as_str().as_bytes());
    row
}

/// Bucket and key of a row.
pub(crate) fn names(row: &[u8]) -> Result<(Bucket, Key)> {
    let read = || {
        let at = row.iter().position(|byte| *byte == 0)?;
        let bucket = Bucket::new(std::str::from_utf8(&row[..at]).ok()?).ok()?;
        let key = Key::new(std::str::from_utf8(&row[at + 1..]).ok()?).ok()?;
        Some((bucket, key))
    };
    read().ok_or_else(|| corrupt("a row's key is no bucket and key"))
}

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) value: Bytes,
    pub(crate) revision: u64,
    /// Wall time in nanoseconds at which it is gone.
    pub(crate) expires: Option<u64>,
}

impl Record {
    fn head(&self) -> [u8; 17] {
        let mut head = [0; 17];
        head[0] = VERSION;
        head[1..9].copy_from_slice(&self.revision.to_le_bytes());
        head[9..].copy_from_slice(&self.expires.unwrap_or(0).to_le_bytes());
        head
    }

    /// The checksum of this record under a row's key.
    pub(crate) fn checksum(&self, row: &[u8]) -> Digest {
        digest(&[row, &self.head(), &self.value])
    }

    pub(crate) fn encode(&self, row: &[u8]) -> (Vec<u8>, Digest) {
        let checksum = self.checksum(row);
        let mut out = Vec::with_capacity(17 + 16 + self.value.len());
        out.extend_from_slice(&self.head());
        out.extend_from_slice(&checksum);
        out.extend_from_slice(&self.value);
        (out, checksum)
    }

    pub(crate) fn decode(row: &[u8], bytes: &[u8]) -> Result<(Self, Digest)> {
        let mut reader = Reader::new(bytes);
        let read = |reader: &mut Reader<'_>| {
            (reader.u8()? == VERSION).then_some(())?;
            let revision = reader.u64()?;
            let expires = Some(reader.u64()?).filter(|expires| *expires != 0);
            let checksum: Digest = reader.array()?;
            Some((Self { value: Bytes::copy_from_slice(reader.rest()), revision, expires }, checksum))
        };
        let (record, checksum) =
            read(&mut reader).ok_or_else(|| corrupt("a row is cut short or of another version"))?;
        if record.checksum(row) != checksum {
            return Err(corrupt("a row's checksum does not fit its bytes"));
        }
        Ok((record, checksum))
    }
}

/// What all rows add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) rows: u64,
    pub(super) xor: Digest,
    /// The last revision that was given out.
    pub(crate) revision: u64,
}

impl Sums {
    pub(crate) fn add(&mut self, checksum: &Digest) {
        self.rows += 1;
        self.flip(checksum);
    }

    pub(crate) fn remove(&mut self, checksum: &Digest) {
        self.rows -= 1;
        self.flip(checksum);
    }

    fn flip(&mut self, checksum: &Digest) {
        for (sum, byte) in self.xor.iter_mut().zip(checksum) {
            *sum ^= byte;
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.rows.to_le_bytes());
        out.extend_from_slice(&self.xor);
        out.extend_from_slice(&self.revision.to_le_bytes());
        let checksum = digest(&[SUMS_KEY, &out]);
        out.extend_from_slice(&checksum);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let read = || {
            let mut reader = Reader::new(bytes);
            (reader.u8()? == VERSION).then_some(())?;
            let sums = Self { rows: reader.u64()?, xor: reader.array()?, revision: reader.u64()? };
            let checksum: Digest = reader.array()?;
            (reader.is_empty() && digest(&[SUMS_KEY, &bytes[..bytes.len() - 16]]) == checksum).then_some(sums)
        };
        read().ok_or_else(|| corrupt("the row of sums cannot be read"))
    }
}

#[cfg(test)]
mod tests;
