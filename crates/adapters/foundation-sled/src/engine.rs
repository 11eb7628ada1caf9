//! A sled folder whose panics, lies about syncing and endless waits are dealt with here.
//!
//! - `flush` of sled 0.34 is `sync_file_range`, which neither flushes the disk's cache nor writes the file's size;
//!   [`Engine::sync`] adds `fdatasync` on a handle of its own.
//! - After a panic the state behind the handle is unknown, so the engine refuses everything and is left in memory
//!   when it is dropped: sled's own drop would write.
//! - A page write over a quarter of a segment goes to a file of its own, with other rules for syncing. A leaf holds
//!   up to 18 values, so with segments of [`SEGMENT_BYTES`] a value may have 56 KiB at most.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foundation_core::Result;

use crate::failure::{corrupt, io_error, sled_error};
use crate::folder::sync_folder;
use crate::guard::{caught, within};

/// The size of sled's segments; fixed when a folder is made.
pub(crate) const SEGMENT_BYTES: usize = 4 << 20;

/// How long closing may take before the handle is left behind.
pub(crate) const CLOSE_LIMIT: Duration = Duration::from_secs(20);

/// An open sled folder.
pub(crate) struct Engine {
    /// Taken when the engine is dropped.
    db: Option<sled::Db>,
    data: File,
    path: PathBuf,
    broken: AtomicBool,
}

impl fmt::Debug for Engine {
    // sled's own form prints every page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens or makes a sled folder.
    pub(crate) fn open(path: &Path, cache_bytes: u64, limit: Duration) -> Result<Self> {
        let config = sled::Config::new()
            .path(path)
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(cache_bytes)
            .mode(sled::Mode::HighThroughput)
            // The writer flushes each commit; a second flusher would only compete with it.
            .flush_every_ms(None);
        let doing = format!("open {}", path.display());
        let there = path.to_owned();
        let db =
            within("open", limit, &doing, move || config.open().map_err(|cause| sled_error("open", &there, cause)))?;
        let file = path.join("db");
        let data = File::open(&file).map_err(|cause| io_error("open", &file, cause))?;
        sync_folder(path)?;
        Ok(Self { db: Some(db), data, path: path.to_owned(), broken: AtomicBool::new(false) })
    }

    fn guarded<T>(&self, doing: &str, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T> {
        let db = match &self.db {
            Some(db) if !self.broken.load(Ordering::Acquire) => db,
            _ => {
                return Err(corrupt(format!(
                    "{doing} {}: sled gave up before, nothing more is asked of it",
                    self.path.display()
                )));
            }
        };
        match caught(&format!("{doing} {}", self.path.display()), || work(db)) {
            Ok(answer) => answer.map_err(|cause| sled_error(doing, &self.path, cause)),
            Err(error) => {
                self.broken.store(true, Ordering::Release);
                Err(error)
            }
        }
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>> {
        self.guarded("read", |db| db.get(key))
    }

    pub(crate) fn insert(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.guarded("write", |db| db.insert(key, value).map(drop))
    }

    pub(crate) fn apply(&self, batch: sled::Batch) -> Result<()> {
        self.guarded("write", |db| db.apply_batch(batch))
    }

    /// Hands every row to `each`, in the order of keys, until it answers `false`.
    pub(crate) fn scan(&self, mut each: impl FnMut(&[u8], &[u8]) -> bool) -> Result<()> {
        self.guarded("read", |db| {
            for row in db.iter() {
                let (key, value) = row?;
                if !each(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Makes durable what was written before.
    pub(crate) fn sync(&self) -> Result<()> {
        self.guarded("flush", |db| db.flush().map(drop))?;
        self.data.sync_data().map_err(|cause| io_error("sync", &self.path, cause))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        if self.broken.load(Ordering::Acquire) {
            std::mem::forget(db);
            return;
        }
        // What is acknowledged is durable already, so an error here loses nothing.
        let _ = within("close", CLOSE_LIMIT, "close", move || {
            drop(db);
            Ok(())
        });
    }
}
