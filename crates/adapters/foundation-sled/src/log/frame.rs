//! A frame: what one request puts into a block.
//!
//! Each begins with its length (4 bytes, without these) and its kind (1 byte):
//!
//! - `1`, a batch: batch id (16), first sequence (8), number of events (4), length of the stream's name (1), name,
//!   then each event with its length (4) before it.
//! - `2`, a trim: the last sequence that is forgotten (8), length of the stream's name (1), name.
//! - `3`, a batch that is remembered though its block is deleted: batch id (16), first and last sequence (8 each).

use foundation_core::event::Event;
use foundation_core::port::storage::{BatchId, StreamName};
use foundation_core::{Error, Result};

use crate::bytes::Reader;
use crate::failure::corrupt;

const BATCH: u8 = 1;
const TRIM: u8 = 2;
const REMEMBER: u8 = 3;

/// Where the first sequence stands in a batch's frame: behind length, kind and batch id.
const FIRST_AT: usize = 4 + 1 + 16;

/// The bytes of a batch's frame beside its events, with the longest name.
pub(crate) const BATCH_OVERHEAD: usize = FIRST_AT + 8 + 4 + 1 + StreamName::MAX_BYTES;

/// The bytes of a remembered batch.
pub(crate) const REMEMBER_BYTES: usize = 4 + 1 + 16 + 8 + 8;

/// A batch, encoded by whoever appends it, so that the writer only copies.
#[derive(Debug)]
pub(crate) struct EncodedBatch {
    bytes: Vec<u8>,
    pub(crate) events: u32,
}

impl EncodedBatch {
    pub(crate) fn new(stream: &StreamName, batch: BatchId, events: &[Event]) -> Result<Self> {
        let size = events.iter().map(|event| event.encoded_len() + 4).sum::<usize>() + BATCH_OVERHEAD;
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(&[0; 4]);
        bytes.push(BATCH);
        bytes.extend_from_slice(&batch.0.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&(events.len() as u32).to_le_bytes());
        push_name(&mut bytes, stream);
        for event in events {
            let at = bytes.len();
            bytes.extend_from_slice(&[0; 4]);
            event.encode(&mut bytes)?;
            let length = (bytes.len() - at - 4) as u32;
            bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        Ok(Self { bytes: close(bytes), events: events.len() as u32 })
    }

    /// The same from events that are encoded already.
    pub(crate) fn from_encoded<'a>(
        stream: &StreamName,
        batch: BatchId,
        events: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Self {
        let mut bytes = vec![0; 4];
        let count = events.len() as u32;
        bytes.push(BATCH);
        bytes.extend_from_slice(&batch.0.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&count.to_le_bytes());
        push_name(&mut bytes, stream);
        for event in events {
            bytes.extend_from_slice(&(event.len() as u32).to_le_bytes());
            bytes.extend_from_slice(event);
        }
        Self { bytes: close(bytes), events: count }
    }

    /// The frame, once the writer has given it its place.
    pub(crate) fn placed(&mut self, first: u64) -> &[u8] {
        self.bytes[FIRST_AT..FIRST_AT + 8].copy_from_slice(&first.to_le_bytes());
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Encodes a trim.
pub(crate) fn trim(stream: &StreamName, forgotten: u64) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.push(TRIM);
    bytes.extend_from_slice(&forgotten.to_le_bytes());
    push_name(&mut bytes, stream);
    close(bytes)
}

/// Encodes a batch that stays remembered.
pub(crate) fn remember(batch: BatchId, first: u64, last: u64) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.push(REMEMBER);
    bytes.extend_from_slice(&batch.0.to_le_bytes());
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&last.to_le_bytes());
    close(bytes)
}

fn push_name(bytes: &mut Vec<u8>, stream: &StreamName) {
    // At most 200 bytes, by the type's own check.
    bytes.push(stream.as_str().len() as u8);
    bytes.extend_from_slice(stream.as_str().as_bytes());
}

fn close(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// A frame that was read.
#[derive(Clone, Debug)]
pub(crate) enum Frame<'a> {
    /// Events of a stream.
    Batch(BatchFrame<'a>),
    /// A stream's events up to and with this one are forgotten.
    Trim { stream: &'a str, forgotten: u64 },
    /// A batch whose block is gone.
    Remember { batch: BatchId, first: u64, last: u64 },
}

/// A batch that was read.
#[derive(Clone, Debug)]
pub(crate) struct BatchFrame<'a> {
    pub(crate) batch: BatchId,
    pub(crate) stream: &'a str,
    pub(crate) first: u64,
    pub(crate) events: u32,
    encoded: &'a [u8],
}

impl<'a> BatchFrame<'a> {
    pub(crate) fn last(&self) -> u64 {
        self.first + u64::from(self.events.max(1)) - 1
    }

    /// The encoded events, in order.
    pub(crate) fn encoded(&self) -> impl Iterator<Item = Result<&'a [u8]>> + use<'a> {
        let mut reader = Reader::new(self.encoded);
        let mut left = self.events;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let event = reader.u32().and_then(|length| reader.take(length as usize));
            if event.is_none() {
                left = 0;
            }
            Some(event.ok_or_else(|| corrupt("a batch has fewer events than it says")))
        })
    }
}

/// Reads the frames of a block.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl<'a> Frames<'a> {
    pub(super) fn new(body: &'a [u8], frames: u32) -> Self {
        Self { reader: Reader::new(body), left: frames }
    }

    fn read(&mut self) -> Option<Frame<'a>> {
        let length = self.reader.u32()?;
        let mut frame = Reader::new(self.reader.take(length as usize)?);
        match frame.u8()? {
            BATCH => {
                let batch = BatchId(frame.u128()?);
                let first = frame.u64()?;
                let events = frame.u32()?;
                let stream = name(&mut frame)?;
                Some(Frame::Batch(BatchFrame { batch, stream, first, events, encoded: frame.rest() }))
            }
            TRIM => {
                let forgotten = frame.u64()?;
                Some(Frame::Trim { stream: name(&mut frame)?, forgotten })
            }
            REMEMBER => {
                Some(Frame::Remember { batch: BatchId(frame.u128()?), first: frame.u64()?, last: frame.u64()? })
            }
            _ => None,
        }
    }
}

fn name<'a>(frame: &mut Reader<'a>) -> Option<&'a str> {
    let length = frame.u8()?;
    std::str::from_utf8(frame.take(usize::from(length))?).ok()
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return if self.reader.is_empty() {
                None
            } else {
                self.reader = Reader::new(&[]);
                Some(Err(corrupt("bytes are left over behind a block's frames")))
            };
        }
        self.left -= 1;
        let frame = self.read();
        if frame.is_none() {
            self.left = 0;
            self.reader = Reader::new(&[]);
        }
        Some(frame.ok_or_else(|| corrupt("a frame of the block cannot be read")))
    }
}
