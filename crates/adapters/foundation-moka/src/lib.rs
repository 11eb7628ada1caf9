//! A cache in front of any `KeyValue`, on moka.
//!
//! [`CachedKeyValue`] is a `KeyValue` itself: a `Read::Local` is answered from memory where it can be, everything else
//! goes to the store. What may be answered from memory is decided in three places:
//!
//! - `entries` holds values by key, bounded in bytes, and lets none replace a newer one;
//! - `bucket` knows whether a bucket's watch is up: without it nothing is served;
//! - `follow` is the task that reads that watch, one for each bucket in use.
//!
//! ```
//! use std::sync::Arc;
//!
//! use foundation_core::port::storage::{Bucket, Key, KeyValue, Read, Write};
//! use foundation_memory::{MemoryKeyValue, Simulation};
//! use foundation_moka::{CacheSettings, CachedKeyValue};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let store = Arc::new(MemoryKeyValue::new(world.clock()));
//! let cache = CachedKeyValue::new(store, world.clock(), world.spawner(), CacheSettings::default());
//!
//! let (bucket, key) = (Bucket::new("settings")?, Key::new("learning-rate")?);
//! world.block_on(cache.write(&bucket, Write::put(key.clone(), "0.1")))?;
//! world.run_until_idle(); // The bucket's watch comes up.
//!
//! for _ in 0..10 {
//!     let found = world.block_on(cache.get(&bucket, &key, Read::Local))?;
//!     assert_eq!(found.expect("it was written").value, "0.1");
//! }
//! assert_eq!((cache.hits(), cache.misses()), (9, 1));
//! # Ok(())
//! # }
//! ```

mod bucket;
mod cached;
mod entries;
mod follow;

pub use cached::{CacheSettings, CachedKeyValue};
