//! Filling an empty folder from an export.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use foundation_core::event::Event;
use foundation_core::port::clock::Clock;
use foundation_core::port::storage::{BatchId, StreamName};
use foundation_core::{Code, Error, Result};

use super::Exported;
use super::line::{Batch, Hex, Line, read};
use crate::anchor::LogHead;
use crate::failure::{corrupt, io_error};
use crate::folder::{Folder, State};
use crate::kv::Record;
use crate::log::block::{Builder, Link};
use crate::log::frame::{self, EncodedBatch};
use crate::settings::SledSettings;
use crate::store::{Found, SledStore, make};

/// Makes a store from an export in a folder that is empty or not there, and opens it once to prove it.
///
/// Sequences, batch ids, trims and revisions are as they were; later ones go on above them. Blocks.
///
/// # Errors
/// - `InvalidInput`: the folder is not empty.
/// - `Corrupt`, `NewerVersion`: the export is damaged, or of a later format.
/// - Those of [`SledStore::open`].
///
/// After an error the folder cannot be opened as a store; empty it before trying again.
pub fn import(
    folder: impl AsRef<Path>,
    input: &mut dyn BufRead,
    settings: SledSettings,
    clock: Arc<dyn Clock>,
) -> Result<Exported> {
    let path = folder.as_ref();
    let folder = Folder::hold(path)?;
    let mut names = std::fs::read_dir(path).map_err(|cause| io_error("read folder", path, cause))?;
    if names.any(|name| name.map_or(true, |name| name.file_name() != "lock")) {
        return Err(Error::new(Code::InvalidInput, format!("import into {}: the folder is not empty", path.display()))
            .advise("choose an empty folder"));
    }
    folder.set_state(State::Importing)?;
    let found = make(&folder, &settings)?;
    let imported = fill(found, input)?;
    folder.set_state(State::Ready)?;
    drop(folder);

    let store = SledStore::open(path, settings, clock)?;
    let mut nowhere = std::io::sink();
    let proved = store.export(&mut nowhere)?;
    store.close();
    if (Exported { revision: imported.revision, ..proved }) != imported || proved.revision < imported.revision {
        return Err(corrupt(format!("import into {}: it holds {proved:?}, the export {imported:?}", path.display())));
    }
    Ok(imported)
}

/// Blocks that are being filled.
struct Blocks {
    builder: Builder,
    last: Link,
}

impl Blocks {
    fn push(&mut self, found: &Found, frame: &[u8], events: u32, first: Option<u64>) -> Result<()> {
        if !self.builder.has_room(frame.len()) {
            self.flush(found)?;
        }
        if let Some(first) = first {
            self.builder.skip_to(first);
        }
        self.builder.push(frame, events);
        Ok(())
    }

    fn flush(&mut self, found: &Found) -> Result<()> {
        let builder = std::mem::replace(&mut self.builder, Builder::after(Link::ORIGIN));
        if !builder.is_empty() {
            let (link, bytes) = builder.finish();
            found.engine.insert(&link.number.to_be_bytes(), &bytes)?;
            self.last = link;
        }
        self.builder = Builder::after(self.last);
        Ok(())
    }
}

fn fill(mut found: Found, input: &mut dyn BufRead) -> Result<Exported> {
    let mut blocks = Blocks { builder: Builder::after(Link::ORIGIN), last: Link::ORIGIN };
    let mut rows = Vec::new();
    let totals = read(input, |line| match line {
        Line::Batch(batch) => put_batch(&mut blocks, &found, batch),
        Line::Forgotten(forgotten) => {
            let frame = frame::trim(&StreamName::new(&forgotten.stream)?, forgotten.up_to);
            blocks.push(&found, &frame, 0, None)
        }
        Line::Remembered(batch) => {
            let frame = frame::remember(batch_id(&batch.id)?, batch.first, batch.last);
            blocks.push(&found, &frame, 0, None)
        }
        Line::Row(row) => {
            let record = Record { value: row.value.0.into(), revision: row.revision, expires: row.expires };
            rows.push((row.bucket, row.key, record));
            Ok(())
        }
        Line::Header(_) | Line::End(_) => Ok(()),
    })?;
    // Sequences that were given out and are trimmed in the end are not given out again.
    blocks.builder.skip_to(totals.sequence + 1);
    if !blocks.builder.is_empty() || blocks.last.sequence < totals.sequence {
        blocks.flush(&found)?;
    }
    if blocks.last.sequence > totals.sequence {
        return Err(corrupt("read the export: an event lies behind the last sequence"));
    }
    found.engine.sync()?;
    let last = blocks.last;
    let head = LogHead { block: last.number, hash: last.hash, sequence: last.sequence, base: 1 };
    found.anchor.advance(head)?;
    found.anchor.advance(head)?;
    found.key_value.fill(&rows, totals.revision)?;
    Ok(totals)
}

fn put_batch(blocks: &mut Blocks, found: &Found, batch: Batch) -> Result<()> {
    let stream = StreamName::new(&batch.stream)?;
    let id = batch_id(&batch.id)?;
    for event in &batch.events {
        Event::decode(&event.0)?;
    }
    let broken = |why: &str| corrupt(format!("read the export: batch at {} of stream `{stream}` {why}", batch.first));
    if batch.events.is_empty() {
        return Err(broken("has no events"));
    }
    if batch.first < blocks.builder.next_sequence() {
        return Err(broken("lies before the one before it"));
    }
    let mut encoded = EncodedBatch::from_encoded(&stream, id, batch.events.iter().map(|event| event.0.as_slice()));
    if encoded.len() > crate::log::block::BODY_BYTES {
        return Err(broken("is larger than a batch can be"));
    }
    let events = encoded.events;
    blocks.push(found, encoded.placed(batch.first), events, Some(batch.first))
}

fn batch_id(hex: &Hex) -> Result<BatchId> {
    let bytes =
        <[u8; 16]>::try_from(hex.0.as_slice()).map_err(|_| corrupt("read the export: a batch id is not 16 bytes"))?;
    Ok(BatchId(u128::from_be_bytes(bytes)))
}
