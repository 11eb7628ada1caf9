//! Every port in process memory, with a virtual clock and a seeded scheduler beside the real ones.
//!
//! - Real time and chance: [`SystemClock`], [`SystemEntropy`].
//! - A world that a test owns: [`Simulation`], made of a [`VirtualClock`], a [`SeededEntropy`] and a spawner that draws
//!   from the seed what runs next.
//! - Storage and messages: [`MemoryKeyValue`], [`MemoryEventLog`], [`MemoryMessaging`]. They take the floor of the
//!   ports' limits and leave holes in their sequences on purpose, so that a program that works on them meets no
//!   surprise on a disk or in a cluster.
//!
//! The registry needs nothing of its own: it stands on any `KeyValue` (`foundation_core::registry`).
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use foundation_core::port::clock::Clock;
//! use foundation_core::port::storage::{Bucket, Key, KeyValue, Read, Ttl, Write};
//! use foundation_memory::{MemoryKeyValue, Simulation};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(42);
//! let store = Arc::new(MemoryKeyValue::new(world.clock()));
//! let (bucket, key) = (Bucket::new("leases")?, Key::new("leader")?);
//!
//! let (store_of_task, bucket_of_task, key_of_task) = (Arc::clone(&store), bucket.clone(), key.clone());
//! world.spawner().spawn("take the lease", async move {
//!     let lease = Write::put(key_of_task, "node-1").expiring(Ttl::seconds(10));
//!     store_of_task.write(&bucket_of_task, lease).await.expect("the lease is free");
//! });
//!
//! world.advance(Duration::from_secs(9));
//! assert!(world.block_on(store.get(&bucket, &key, Read::Strict))?.is_some());
//! world.advance(Duration::from_secs(1));
//! assert!(world.block_on(store.get(&bucket, &key, Read::Strict))?.is_none());
//! # Ok(())
//! # }
//! ```

mod clock;
mod entropy;
mod event_log;
mod key_value;
mod messaging;
mod signal;
mod simulation;

pub use clock::{SystemClock, VirtualClock};
pub use entropy::{SeededEntropy, SystemEntropy};
pub use event_log::MemoryEventLog;
pub use key_value::MemoryKeyValue;
pub use messaging::MemoryMessaging;
pub use simulation::Simulation;
