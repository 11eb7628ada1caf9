//! Everything of a store as a text file, for another machine, another version or another engine.
//!
//! One record a line: JSON, a space, and a checksum in hexadecimal over the checksum of the line before and the
//! JSON. So a line that is changed, missing, doubled or moved is found, and the last line says how many of what there
//! are. Events and values are in hexadecimal; an event is in its envelope's own format.

mod import;
mod line;

use std::io::Write;

use foundation_core::Result;

use crate::kv::SledKeyValue;
use crate::log::SledEventLog;
use crate::log::block::Block;
use crate::log::frame::Frame;
pub use import::import;
use line::{Batch, Forgotten, Hex, Line, Remembered, Row};
pub(crate) use line::{Header, Lines};

/// How much was exported or imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Exported {
    /// Batches of events.
    pub batches: u64,
    /// Their events. Those of a batch that is trimmed in part count.
    pub events: u64,
    /// Key-value rows.
    pub rows: u64,
    /// The last sequence that was given out.
    pub sequence: u64,
    /// The last revision that may have been given out.
    pub revision: u64,
}

/// How many blocks are read at a time.
const BLOCKS: u64 = 64;

pub(crate) fn export(log: &SledEventLog, key_value: &SledKeyValue, out: &mut dyn Write) -> Result<Exported> {
    let kept = log.kept();
    let (rows, revision) = key_value.rows();
    let forgotten = |stream: &str| kept.forgotten.get(stream).copied().unwrap_or(0);
    let mut lines = Lines::begin(out, Header::new(kept.last.sequence, revision))?;
    let mut next = kept.base;
    while next <= kept.last.number {
        let end = (next + BLOCKS).min(kept.last.number + 1);
        for bytes in log.blocks(next..end)? {
            put_block(&mut lines, &Block::parse(&bytes)?, forgotten)?;
        }
        next = end;
    }
    finish_log(&mut lines, kept.forgotten.iter().map(|(stream, up_to)| (&**stream, *up_to)))?;
    for (bucket, key, record) in rows {
        lines.put(&Line::Row(Row {
            bucket,
            key,
            revision: record.revision,
            expires: record.expires,
            value: Hex(record.value.to_vec()),
        }))?;
    }
    lines.end()
}

/// Writes a block's batches: whole where an event of them is kept, else only that they are remembered.
pub(crate) fn put_block(lines: &mut Lines<'_>, block: &Block<'_>, forgotten: impl Fn(&str) -> u64) -> Result<()> {
    for frame in block.frames() {
        match frame? {
            Frame::Batch(batch) if batch.last() > forgotten(batch.stream) => {
                let events = batch.encoded().map(|event| event.map(|event| Hex(event.to_vec())));
                lines.put(&Line::Batch(Batch {
                    id: Hex(batch.batch.0.to_be_bytes().to_vec()),
                    stream: batch.stream.to_owned(),
                    first: batch.first,
                    events: events.collect::<Result<_>>()?,
                }))?;
            }
            Frame::Batch(batch) => {
                lines.put(&remembered(batch.batch.0, batch.first, batch.last()))?;
            }
            Frame::Remember { batch, first, last } => lines.put(&remembered(batch.0, first, last))?,
            // What is forgotten in the end is written once, behind the batches.
            Frame::Trim { .. } => {}
        }
    }
    Ok(())
}

/// Writes what streams have forgotten.
pub(crate) fn finish_log<'a>(lines: &mut Lines<'_>, forgotten: impl Iterator<Item = (&'a str, u64)>) -> Result<()> {
    for (stream, up_to) in forgotten.filter(|(_, up_to)| *up_to > 0) {
        lines.put(&Line::Forgotten(Forgotten { stream: stream.to_owned(), up_to }))?;
    }
    Ok(())
}

fn remembered(id: u128, first: u64, last: u64) -> Line {
    Line::Remembered(Remembered { id: Hex(id.to_be_bytes().to_vec()), first, last })
}
