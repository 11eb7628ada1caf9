//! A folder with both stores in it: made, opened, closed.

use std::path::Path;
use std::sync::Arc;

use foundation_core::port::clock::Clock;
use foundation_core::port::storage::LogLimits;
use foundation_core::{Code, Error, Result};

use crate::anchor::{Anchor, LogHead};
use crate::engine::Engine;
use crate::export::Exported;
use crate::failure::corrupt;
use crate::folder::{Folder, State, sync_folder};
use crate::kv::{self, KeyValueReport, SledKeyValue};
use crate::log::chain::{Chain, verify};
use crate::log::{Parts, SledEventLog};
use crate::salvage::describe;
use crate::settings::SledSettings;

/// An open folder.
///
/// Dropping it leaves the two stores open as long as they are in use; see [`SledEventLog`].
#[derive(Debug)]
pub struct SledStore {
    log: Arc<SledEventLog>,
    key_value: Arc<SledKeyValue>,
    report: OpenReport,
}

/// What was found at the opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// The folder was made now.
    pub made: bool,
    /// How many blocks of the log were read and proved.
    pub blocks: u64,
    /// How many events are kept.
    pub events: u64,
    /// Blocks that are whole and that the last run had not acknowledged: they count from now on.
    pub unacknowledged_blocks: u64,
    /// Blocks behind a gap that the last run had not acknowledged: they were deleted.
    pub discarded_blocks: u64,
    /// One of the two slots of a part of `head` was damaged, and the other one stood in for it.
    pub head_repaired: bool,
    /// What became of the key-value folder.
    pub key_value: KeyValueReport,
}

impl SledStore {
    /// Opens the store in a folder, or makes one there.
    ///
    /// Reads everything once: about 0.2 s for a million events in large batches. Blocks; call it before a runtime
    /// starts or on a thread that may.
    ///
    /// # Errors
    /// - `Held`: another process has the folder open; it is named.
    /// - `NewerVersion`: a newer format; both versions are named.
    /// - `Corrupt`: the log fails its checks; the error says what is readable, [`salvage`](crate::salvage) reads it.
    ///   Damage to key-value rows is no error, because they are built from the log: see
    ///   [`OpenReport::key_value`].
    /// - `Timeout`: sled did not open its files within [`SledSettings::open_timeout`].
    /// - `PermissionDenied`, `ResourceExhausted`, `Io`: the folder cannot be made, read or written.
    pub fn open(folder: impl AsRef<Path>, settings: SledSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        let folder = Arc::new(Folder::hold(folder.as_ref())?);
        let found = match folder.state()? {
            None => {
                folder.set_state(State::Making)?;
                make_ready(&folder, &settings)?
            }
            // Nothing was ever acknowledged from it, so it is made again from the start.
            Some(State::Making) => make_ready(&folder, &settings)?,
            Some(State::Ready) => open(&folder, &settings)?,
            Some(State::Importing) => {
                return Err(corrupt(format!("open store {}: an import into it did not end", folder.path().display()))
                    .advise("empty the folder and import again"));
            }
        };
        let parts =
            Parts { folder: Arc::clone(&folder), engine: found.engine, anchor: found.anchor, chain: found.chain };
        let log = Arc::new(SledEventLog::start(parts, &settings)?);
        let key_value = Arc::new(SledKeyValue::start(folder, found.key_value, &settings, clock)?);
        Ok(Self { log, key_value, report: found.report })
    }

    /// The event log.
    #[must_use]
    pub fn log(&self) -> Arc<SledEventLog> {
        Arc::clone(&self.log)
    }

    /// The key-value store.
    #[must_use]
    pub fn key_value(&self) -> Arc<SledKeyValue> {
        Arc::clone(&self.key_value)
    }

    /// Writes everything that is kept to `out`, in a form that [`import`](crate::import) reads on any machine and
    /// with any version of sled: events with their sequences and batch ids, trims, key-value rows with their
    /// revisions. Each line has a checksum.
    ///
    /// The store stays in use meanwhile; what is written is the state at the beginning. Blocks.
    ///
    /// # Errors
    /// `Io`, `ResourceExhausted`: `out` failed. `Compacted`: a trim deleted blocks meanwhile; try again. `Corrupt`: a
    /// block fails its checks.
    pub fn export(&self, out: &mut dyn std::io::Write) -> Result<Exported> {
        crate::export::export(&self.log, &self.key_value, out)
    }

    /// What was found at the opening.
    #[must_use]
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// Closes both stores and frees the folder, whoever still has a handle: later calls answer
    /// `ServiceUnavailable`, subscriptions and watches end with it.
    ///
    /// Blocks until what is being written is done, some milliseconds; after 20 s a thread that hangs is left behind.
    pub fn close(self) {
        self.log.close();
        self.key_value.close();
    }
}

/// What opening finds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) engine: Arc<Engine>,
    pub(crate) anchor: Anchor<LogHead>,
    chain: Chain,
    pub(crate) key_value: kv::Opened,
    report: OpenReport,
}

fn remembered(settings: &SledSettings) -> usize {
    settings.remembered_batches.max(LogLimits::FLOOR.remembered_batches)
}

fn make_ready(folder: &Folder, settings: &SledSettings) -> Result<Found> {
    let found = make(folder, settings)?;
    folder.set_state(State::Ready)?;
    Ok(found)
}

/// Makes an empty store, not ready yet.
pub(crate) fn make(folder: &Folder, settings: &SledSettings) -> Result<Found> {
    for leftover in [folder.log(), folder.key_value()] {
        if leftover.exists() {
            std::fs::remove_dir_all(&leftover).map_err(|cause| crate::failure::io_error("clear", &leftover, cause))?;
        }
    }
    let anchor = Anchor::create(&folder.head(), LogHead { base: 1, ..LogHead::default() })?;
    let key_value = kv::make(folder, settings)?;
    let engine = Arc::new(Engine::open(&folder.log(), settings.log_cache_bytes, settings.open_timeout)?);
    engine.sync()?;
    sync_folder(folder.path())?;
    let report = OpenReport {
        made: true,
        blocks: 0,
        events: 0,
        unacknowledged_blocks: 0,
        discarded_blocks: 0,
        head_repaired: false,
        key_value: key_value.report.clone(),
    };
    let chain = Chain::new(anchor.head(), remembered(settings));
    Ok(Found { engine, anchor, chain, key_value, report })
}

fn open(folder: &Folder, settings: &SledSettings) -> Result<Found> {
    let mut anchor = Anchor::<LogHead>::open(&folder.head())?;
    let path = folder.log();
    if !path.join("db").is_file() {
        return Err(corrupt(format!("open store {}: the log's files are missing", folder.path().display())));
    }
    let fail = |error: Error| explain(error, folder);
    let engine = Engine::open(&path, settings.log_cache_bytes, settings.open_timeout).map_err(fail)?;
    let engine = Arc::new(engine);
    let (here, head, damaged, limit) = (Arc::clone(&engine), anchor.head(), anchor.damaged, remembered(settings));
    let verified = crate::guard::within("verify", settings.open_timeout, "read the log", move || {
        verify(&here, head, damaged, limit).map_err(|(error, _)| error)
    })
    .map_err(fail)?;
    if !verified.leftovers.is_empty() || !verified.discarded.is_empty() {
        let mut batch = sled::Batch::default();
        for number in verified.leftovers.iter().chain(&verified.discarded) {
            batch.remove(&number.to_be_bytes());
        }
        engine.apply(batch)?;
        engine.sync()?;
    }
    let chain = verified.chain;
    if anchor.damaged || verified.unanchored > 0 {
        // Twice, for both slots.
        let last = chain.last;
        let head = LogHead { block: last.number, hash: last.hash, sequence: last.sequence, base: anchor.head().base };
        anchor.advance(head)?;
        anchor.advance(head)?;
    }
    let key_value = kv::open(folder, settings)?;
    let report = OpenReport {
        made: false,
        blocks: chain.blocks,
        events: chain.index.events,
        unacknowledged_blocks: verified.unanchored,
        discarded_blocks: verified.discarded.len() as u64,
        head_repaired: damaged || key_value.head_repaired(),
        key_value: key_value.report.clone(),
    };
    Ok(Found { engine, anchor, chain, key_value, report })
}

/// Adds to an error of a damaged log what can still be read of it.
fn explain(error: Error, folder: &Folder) -> Error {
    match error.code() {
        Code::Corrupt | Code::Timeout | Code::Internal => {
            let readable = describe(folder);
            let error = error.during(format!("open store {}", folder.path().display()));
            let advice = format!("{readable}; read it with `salvage`, or restore from an export");
            if error.code() == Code::Corrupt {
                error.advise(advice)
            } else {
                Error::new(error.code(), error.what()).advise(advice)
            }
        }
        _ => error,
    }
}
