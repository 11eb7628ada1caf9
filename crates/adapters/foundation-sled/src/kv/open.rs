//! Reading the whole key-value folder and proving it, or setting it aside.

use std::path::PathBuf;
use std::sync::Arc;

use foundation_core::port::storage::{Bucket, Key};
use foundation_core::{Error, Result};

use super::record::{Record, SUMS_KEY, Sums, names, row_key};
use super::state::State;
use super::writer::RESERVATION_STEP;
use crate::anchor::{Anchor, KeyValueHead};
use crate::engine::Engine;
use crate::failure::corrupt;
use crate::folder::Folder;
use crate::settings::SledSettings;

/// What became of the key-value folder at an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValueReport {
    /// It was made now.
    Made,
    /// Every row was read and proved.
    Verified {
        /// How many rows.
        rows: u64,
    },
    /// It was damaged or missing: an empty one took its place. Whatever is built from the log has to be built anew;
    /// revisions go on above all that were ever given out.
    Replaced {
        /// What was wrong.
        why: String,
        /// Where the damaged folder is now; `None` where it was missing.
        aside: Option<PathBuf>,
    },
}

/// An open key-value folder.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) engine: Arc<Engine>,
    pub(super) anchor: Anchor<KeyValueHead>,
    pub(super) state: State,
    pub(super) sums: Sums,
    pub(crate) report: KeyValueReport,
}

impl Opened {
    /// Fills an empty folder with rows from an export. Revisions go on above `revision`.
    pub(crate) fn fill(&mut self, rows: &[(Bucket, Key, Record)], revision: u64) -> Result<()> {
        for rows in rows.chunks(512) {
            let mut batch = sled::Batch::default();
            for (bucket, key, record) in rows {
                let row = row_key(bucket, key);
                let (bytes, checksum) = record.encode(&row);
                batch.insert(row, bytes);
                self.sums.add(&checksum);
                self.sums.revision = self.sums.revision.max(record.revision);
            }
            batch.insert(SUMS_KEY, self.sums.encode());
            self.engine.apply(batch)?;
        }
        self.engine.sync()?;
        let head = KeyValueHead { revision: self.sums.revision, reserved: revision.max(self.sums.revision) };
        self.anchor.advance(head)?;
        self.anchor.advance(head)
    }

    /// A slot of the anchor was damaged.
    pub(crate) fn head_repaired(&self) -> bool {
        self.anchor.damaged
    }
}

/// Makes the folder and its anchor.
pub(crate) fn make(folder: &Folder, settings: &SledSettings) -> Result<Opened> {
    let anchor = Anchor::create(&folder.head(), KeyValueHead::default())?;
    begin(folder, settings, anchor, KeyValueReport::Made)
}

/// Opens the folder, or replaces it where it does not prove sound.
pub(crate) fn open(folder: &Folder, settings: &SledSettings) -> Result<Opened> {
    let anchor = Anchor::<KeyValueHead>::open(&folder.head())?;
    let path = folder.key_value();
    if !path.is_dir() {
        let report = KeyValueReport::Replaced { why: format!("folder {} is missing", path.display()), aside: None };
        return begin(folder, settings, anchor, report);
    }
    let why = match prove(folder, settings, &anchor) {
        Ok((engine, state, mut sums)) => {
            let mut anchor = anchor;
            let head = KeyValueHead { revision: sums.revision, reserved: above(&anchor).max(sums.revision) };
            if anchor.damaged || anchor.head() != head {
                // Twice, for both slots.
                anchor.advance(head)?;
                anchor.advance(head)?;
            }
            let report = KeyValueReport::Verified { rows: sums.rows };
            // Above all that were given out; those of deletes that found nothing stand nowhere else.
            sums.revision = head.reserved;
            return Ok(Opened { engine, anchor, state, sums, report });
        }
        Err(error) if is_damage(&error) => error,
        Err(error) => return Err(error),
    };
    let aside = folder.set_aside()?;
    let report = KeyValueReport::Replaced { why: why.chain(), aside: Some(aside) };
    begin(folder, settings, anchor, report)
}

/// Whether an error speaks of the folder's content; a full disk, say, would not be better with another folder.
fn is_damage(error: &Error) -> bool {
    use foundation_core::Code::{Corrupt, Encoding, Internal, Timeout};
    matches!(error.code(), Corrupt | Encoding | Internal | Timeout)
}

fn begin(
    folder: &Folder,
    settings: &SledSettings,
    mut anchor: Anchor<KeyValueHead>,
    report: KeyValueReport,
) -> Result<Opened> {
    let engine = Engine::open(&folder.key_value(), settings.key_value_cache_bytes, settings.open_timeout)?;
    let revision = above(&anchor);
    let sums = Sums { revision, ..Sums::default() };
    engine.insert(SUMS_KEY, &sums.encode())?;
    engine.sync()?;
    crate::folder::sync_folder(folder.path())?;
    let head = KeyValueHead { revision, reserved: revision };
    anchor.advance(head)?;
    anchor.advance(head)?;
    let state = State::new(revision, settings.watch_history);
    Ok(Opened { engine: Arc::new(engine), anchor, state, sums, report })
}

/// A revision that is not below any that was given out.
pub(crate) fn above(anchor: &Anchor<KeyValueHead>) -> u64 {
    // The last reservation may have stood in the slot that is lost.
    let lost = if anchor.damaged { RESERVATION_STEP } else { 0 };
    anchor.head().reserved + lost
}

/// Reads every row.
fn prove(
    folder: &Folder,
    settings: &SledSettings,
    anchor: &Anchor<KeyValueHead>,
) -> Result<(Arc<Engine>, State, Sums)> {
    let engine = Engine::open(&folder.key_value(), settings.key_value_cache_bytes, settings.open_timeout)?;
    let engine = Arc::new(engine);
    let here = Arc::clone(&engine);
    let rows =
        crate::guard::within("read-rows", settings.open_timeout, "read the key-value rows", move || read(&here))?;
    let head = anchor.head();
    let Rows { found, told, records } = rows;
    let told = told.ok_or_else(|| corrupt("the row of sums is missing"))?;
    if (Sums { revision: told.revision, ..found }) != told {
        return Err(corrupt(format!("{} rows were found, and {} others were written", found.rows, told.rows)));
    }
    if told.revision < head.revision {
        return Err(corrupt(format!("it ends with revision {}, `head` names {}", told.revision, head.revision)));
    }
    let mut state = State::new(told.revision, settings.watch_history);
    for (bucket, key, record) in records {
        state.load(bucket, key, record);
    }
    Ok((engine, state, told))
}

struct Rows {
    found: Sums,
    told: Option<Sums>,
    records: Vec<(Bucket, Key, Record)>,
}

fn read(engine: &Engine) -> Result<Rows> {
    let mut rows = Rows { found: Sums::default(), told: None, records: Vec::new() };
    let mut broken = None;
    engine.scan(|row, value| {
        let read = if row == SUMS_KEY {
            Sums::decode(value).map(|sums| rows.told = Some(sums))
        } else {
            names(row).and_then(|(bucket, key)| {
                let (record, checksum) = Record::decode(row, value)?;
                rows.found.add(&checksum);
                rows.records.push((bucket, key, record));
                Ok(())
            })
        };
        broken = read.err();
        broken.is_none()
    })?;
    match broken {
        Some(error) => Err(error),
        None => Ok(rows),
    }
}
