//! What can be set, with defaults that fit one service on one machine.

use std::time::Duration;

/// How a store works; none of it is stored, so it may differ from one opening to the next.
#[derive(Clone, Debug)]
pub struct SledSettings {
    /// How long a commit waits for company when several writers are active; a lone writer never waits.
    /// Default 80 µs: a third of a commit, so that 64 writers share a few commits.
    pub gather: Duration,
    /// A hint for sled's cache of log pages in bytes; sled takes up to three times as much. Default 16 MiB: reads of
    /// fresh events do not need it, and old ones are read in order.
    pub log_cache_bytes: u64,
    /// The same for key-value pages. Default 8 MiB: reads never go to sled.
    pub key_value_cache_bytes: u64,
    /// After how long opening one of the two sled folders is given up, because a corrupt one can make sled spin.
    /// Default 60 s, which is enough for some ten million events.
    pub open_timeout: Duration,
    /// How many threads read old events from disk. Default 2.
    pub readers: usize,
    /// How many of the latest appends are remembered by their batch id, at least
    /// [`LogLimits::FLOOR`](foundation_core::port::storage::LogLimits::FLOOR). Default 65,536: about 8 MB.
    pub remembered_batches: usize,
    /// How many changes of each bucket are kept in memory for watches that continue. Default 4,096.
    pub watch_history: usize,
    /// How many blocks of trimmed events have to stand at the log's beginning before they are deleted. Default 64.
    pub reclaim_blocks: u64,
    /// A fault to work with, for the tests that have to find it.
    #[cfg(feature = "planted-bugs")]
    pub plant: Option<Plant>,
}

impl Default for SledSettings {
    fn default() -> Self {
        Self {
            gather: Duration::from_micros(80),
            log_cache_bytes: 16 << 20,
            key_value_cache_bytes: 8 << 20,
            open_timeout: Duration::from_secs(60),
            readers: 2,
            remembered_batches: 65_536,
            watch_history: 4_096,
            reclaim_blocks: 64,
            #[cfg(feature = "planted-bugs")]
            plant: None,
        }
    }
}

/// A planted fault.
#[cfg(feature = "planted-bugs")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// An append is acknowledged 20 ms before its block is written.
    AckBeforeWrite,
}
