//! Every process that was started and still has an address.
//!
//! In shards by the process's number, so that processes that start and end on several threads do not wait for each
//! other.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use slab::Slab;

use crate::process::control::Peer;
use crate::process::mailbox::Tally;

/// Enough for some tens of threads that do nothing but start processes.
const SHARDS: usize = 16;

#[derive(Default)]
pub(super) struct Table([Mutex<Shard>; SHARDS]);

#[derive(Default)]
struct Shard {
    processes: Slab<Weak<dyn Peer>>,
    /// The counts of those that are gone.
    retired: Tally,
}

impl Table {
    fn shard(&self, number: u64) -> &Mutex<Shard> {
        &self.0[number as usize % SHARDS]
    }

    /// Takes a process in and answers its place.
    pub(super) fn insert(&self, number: u64, process: Weak<dyn Peer>) -> u32 {
        // A shard of more than four thousand million processes would need more memory than there is.
        self.shard(number).lock().processes.insert(process) as u32
    }

    /// Takes out the process of that number and place.
    pub(super) fn remove(&self, number: u64, slot: u32, tally: Tally) {
        let mut shard = self.shard(number).lock();
        let gone = shard.processes.try_remove(slot as usize);
        shard.retired.add(tally);
        drop(shard);
        // Its memory goes with it, outside the lock.
        drop(gone);
    }

    /// The process of that number, if it is in that place.
    pub(super) fn get(&self, number: u64, slot: u32) -> Option<Arc<dyn Peer>> {
        // Upgraded under the lock, and judged outside it: this may be the last owner of another process by now.
        let found = self.shard(number).lock().processes.get(slot as usize).and_then(Weak::upgrade);
        found.filter(|process| process.control().number() == number)
    }

    /// All of them, and the counts of those that are gone.
    pub(super) fn all(&self) -> (Vec<Arc<dyn Peer>>, Tally) {
        let mut peers = Vec::new();
        let mut retired = Tally::default();
        for shard in &self.0 {
            let shard = shard.lock();
            peers.extend(shard.processes.iter().filter_map(|(_, process)| process.upgrade()));
            retired.add(shard.retired);
        }
        (peers, retired)
    }
}
