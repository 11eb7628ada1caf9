//! Checkpoints: what a paused trial needs to go on, in chunks named by their content.
//!
//! A checkpoint is no event: it is large, it may be lost (then the trial is trained again from the rung before, with
//! the same bits), and it goes when its trial is over. It is durable before the event that names its hash, unless the
//! study says that checkpoints of so few epochs stand in memory.
//!
//! # Layout
//! In the bucket `checkpoints`: `<study>.t<trial>.<hash of the chunk>` for each chunk, and
//! `<study>.t<trial>.m<hash of the whole>` for the list of its chunks. Names begin with the trial, so that two trials
//! never share a chunk and removing one cannot harm the other.

mod held;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use foundation_core::port::storage::{Bucket, Key, KeyRange, KeyValue, KeyValueLimits, Read, Write};
use foundation_core::{Code, Error, Result};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use held::Held;

/// The largest chunk in bytes; every adapter takes it.
pub(crate) const CHUNK_BYTES: usize = 32 * 1024;

const _: () = assert!(CHUNK_BYTES <= KeyValueLimits::FLOOR.value_bytes);

/// What stands under the hash of a whole checkpoint. A later version is refused.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: u16,
    bytes: usize,
    chunks: Vec<String>,
}

const MANIFEST_VERSION: u16 = 1;

/// The checkpoints of one study.
#[derive(Clone, Debug)]
pub struct CheckpointStore {
    key_value: Arc<dyn KeyValue>,
    bucket: Bucket,
    study: String,
    /// Checkpoints of fewer epochs stand in memory, those of all clones in one place.
    durable_from: u32,
    held: Arc<Mutex<Held>>,
}

impl CheckpointStore {
    /// The checkpoints of `study`, in `key_value`; all of them are durable.
    ///
    /// # Errors
    /// None for the name of a study that passed its check.
    pub fn new(key_value: Arc<dyn KeyValue>, study: &str) -> Result<Self> {
        let (bucket, study) = (Bucket::new("checkpoints")?, study.to_owned());
        Ok(Self { key_value, bucket, study, durable_from: 0, held: Arc::default() })
    }

    /// Keeps checkpoints of fewer epochs than these in memory only, up to 32 MiB of them.
    #[must_use]
    pub fn durable_from(mut self, epochs: u32) -> Self {
        self.durable_from = epochs;
        self
    }

    /// Keeps the checkpoint of a trial that was trained for `epochs`; answers its hash once it is as durable as a
    /// checkpoint of so many epochs is to be.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn keep(&self, trial: u64, epochs: u32, checkpoint: &[u8]) -> Result<String> {
        if epochs < self.durable_from {
            let whole = hash(checkpoint);
            if self.held().hold(trial, &whole, checkpoint) {
                return Ok(whole);
            }
        }
        self.put(trial, checkpoint).await
    }

    /// Keeps a checkpoint; answers its hash once it is durable.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn put(&self, trial: u64, checkpoint: &[u8]) -> Result<String> {
        let whole = hash(checkpoint);
        let mut chunks = Vec::new();
        let mut writes: Vec<Write> = Vec::new();
        for chunk in checkpoint.chunks(CHUNK_BYTES) {
            let name = hash(chunk);
            // Equal chunks of one checkpoint stand once: a batch names no key twice.
            if !chunks.contains(&name) {
                writes.push(Write::put(self.key(trial, &name)?, Bytes::copy_from_slice(chunk)));
            }
            chunks.push(name);
        }
        let manifest = Manifest { version: MANIFEST_VERSION, bytes: checkpoint.len(), chunks };
        let manifest = serde_json::to_vec(&manifest)
            .map_err(|error| Error::new(Code::Encoding, "encode a checkpoint's manifest").caused_by(error))?;
        // The manifest comes last: where it stands, its chunks do.
        writes.push(Write::put(self.key(trial, &format!("m{whole}"))?, manifest));
        self.commit_in_batches(writes).await?;
        self.held().forget(trial);
        Ok(whole)
    }

    /// Reads a checkpoint back; `None` where a part of it is missing or is not what it was.
    ///
    /// # Errors
    /// `NewerVersion` for a manifest of a later version; those of the storage.
    pub async fn get(&self, trial: u64, whole: &str) -> Result<Option<Vec<u8>>> {
        if let Some(checkpoint) = self.held().get(trial, whole) {
            return Ok(Some(checkpoint.to_vec()));
        }
        let Some(manifest) = self.read(trial, &format!("m{whole}")).await? else { return Ok(None) };
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&manifest) else { return Ok(None) };
        if manifest.version > MANIFEST_VERSION {
            return Err(Error::new(
                Code::NewerVersion,
                format!("checkpoint {whole} of trial {trial}: version {}", manifest.version),
            ));
        }
        // The length is not trusted: it may be damaged, and the hash decides anyway.
        let mut checkpoint = Vec::with_capacity(manifest.chunks.len() * CHUNK_BYTES);
        for name in &manifest.chunks {
            match self.read(trial, name).await? {
                Some(chunk) => checkpoint.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
        Ok((hash(&checkpoint) == whole).then_some(checkpoint))
    }

    /// Removes every checkpoint of a trial. Removing what is not there is no error.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn remove(&self, trial: u64) -> Result<()> {
        self.held().forget(trial);
        self.remove_range(KeyRange::prefix(format!("{}.t{trial}.", self.study)), |_| true).await
    }

    /// Removes the checkpoints of every trial for which `is_over` answers so; returns when they are gone.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn sweep(&self, is_over: impl Fn(u64) -> bool) -> Result<()> {
        self.held().sweep(&is_over);
        let of_study = format!("{}.t", self.study);
        let is_swept = |key: &Key| {
            let trial = key.as_str().strip_prefix(&of_study).and_then(|rest| rest.split('.').next());
            trial.and_then(|number| number.parse().ok()).is_none_or(&is_over)
        };
        self.remove_range(KeyRange::prefix(of_study.clone()), is_swept).await
    }

    async fn remove_range(&self, range: KeyRange, is_meant: impl Fn(&Key) -> bool) -> Result<()> {
        let mut entries = self.key_value.scan(&self.bucket, range, Read::Strict).await?;
        let mut deletes = Vec::new();
        while let Some(entry) = entries.next().await {
            let key = entry?.key;
            if is_meant(&key) {
                deletes.push(Write::delete(key));
            }
        }
        self.commit_in_batches(deletes).await
    }

    /// Commits in the order given, in as few batches as every adapter takes.
    async fn commit_in_batches(&self, writes: Vec<Write>) -> Result<()> {
        let floor = KeyValueLimits::FLOOR;
        let mut batch: Vec<Write> = Vec::new();
        let mut batch_bytes = 0;
        for write in writes {
            let bytes = write.key.as_str().len() + write.value.as_ref().map_or(0, Bytes::len);
            if !batch.is_empty() && (batch.len() == floor.batch_writes || batch_bytes + bytes > floor.batch_bytes) {
                self.key_value.commit(&self.bucket, std::mem::take(&mut batch)).await?;
                batch_bytes = 0;
            }
            batch_bytes += bytes;
            batch.push(write);
        }
        if !batch.is_empty() {
            self.key_value.commit(&self.bucket, batch).await?;
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Whoever panicked with it left it whole: each of its steps is one call.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, trial: u64, name: &str) -> Result<Option<Bytes>> {
        // A name that cannot be a key is one that was damaged.
        let Ok(key) = self.key(trial, name) else { return Ok(None) };
        Ok(self.key_value.get(&self.bucket, &key, Read::Local).await?.map(|entry| entry.value))
    }

    fn key(&self, trial: u64, name: &str) -> Result<Key> {
        Key::new(format!("{}.t{trial}.{name}", self.study))
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
