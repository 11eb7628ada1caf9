//! The storage ports on sled 0.34.7, durable: what is acknowledged survives the end of the process at any moment.
//!
//! A [`SledStore`] is a folder with an event log and a key-value store in it:
//!
//! | name | what it is |
//! |---|---|
//! | `format.json` | which format the folder has |
//! | `lock` | held by the one process that has it open, whose number stands in it |
//! | `log/` | sled: the blocks of the log |
//! | `kv/` | sled: the rows of the key-value store |
//! | `head` | what both end with, apart from them |
//!
//! The log is the truth: damage to it is an error that says what is readable, and [`salvage`] reads that. The
//! key-value store is built from the log or needs no history: where it is damaged it is set aside and begins empty,
//! and the [`OpenReport`] says so.
//!
//! sled answers damage with panics. They are caught on threads of this crate and answered as errors; a binary calls
//! [`quiet_panics`] so that they do not print. sled can also lose rows without a word, write what it calls flushed
//! to a cache, and wait for ever; what stands against each is told in the modules `engine`, `log` and `anchor`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use foundation_core::port::storage::{Bucket, Key, KeyValue, Read, Write};
//! use foundation_memory::SystemClock;
//! use foundation_sled::{SledSettings, SledStore};
//!
//! # fn main() -> foundation_core::Result<()> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! # runtime.block_on(async {
//! let store = SledStore::open(folder, SledSettings::default(), Arc::new(SystemClock::new()))?;
//! let (bucket, key) = (Bucket::new("settings")?, Key::new("mode")?);
//! store.key_value().write(&bucket, Write::put(key.clone(), "careful")).await?;
//! store.close();
//!
//! let store = SledStore::open(folder, SledSettings::default(), Arc::new(SystemClock::new()))?;
//! let entry = store.key_value().get(&bucket, &key, Read::Strict).await?;
//! assert_eq!(entry.map(|entry| entry.value), Some("careful".into()));
//! # Ok(()) }) }
//! ```
//!
//! Reading order: `store`, then `log` from `block` to `writer`, then `kv`.

mod store;

mod log;

mod kv;

mod export;
mod salvage;

mod anchor;
mod bytes;
mod engine;
mod failure;
mod folder;
mod guard;
mod queue;
mod settings;
mod stall;
mod threads;

pub use export::{Exported, import};
pub use guard::{THREAD_PREFIX, quiet_panics};
pub use kv::{KeyValueReport, SledKeyValue};
pub use log::SledEventLog;
pub use salvage::{ReadableStream, Salvage, salvage};
#[cfg(feature = "planted-bugs")]
pub use settings::Plant;
pub use settings::SledSettings;
pub use store::{OpenReport, SledStore};
