//! The names of one namespace in memory: read without a lock, written name by name.
//!
//! A name that is free again stays in the map as vacant, and goes when the vacant ones outnumber the others: the map
//! never fills the place of a removed key again until it is copied as a whole, so that a process that is restarted
//! again and again under one name would have everybody's names copied every few restarts.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use papaya::{Guard as _, HashMap, LocalGuard};
use parking_lot::{Mutex, MutexGuard};

use super::entry::{ELSEWHERE, Hashed, NameHash, Owner, SameHash, Stored, Text};
use super::key::Key;
use crate::event::ProcessRef;
use crate::port::registry::RegisteredName;

/// So many writers of different names can be at it at once.
const SHARDS: usize = 32;
/// Up to this many vacant names are kept however few others there are.
const VACANT: usize = 64;
/// After so many new names the memory of outgrown tables is given back, for which the map alone would wait until it has
/// thrown away as many things as a thread collects.
const FLUSH: usize = 1_024;

/// Names and their owners.
///
/// Whoever changes a name holds the name's [`Writing`]; readers hold nothing.
pub(super) struct Table {
    owners: HashMap<Stored, Owner, NameHash>,
    shards: [Mutex<()>; SHARDS],
    hash: NameHash,
    owned: AtomicUsize,
    vacant: AtomicUsize,
    /// Held by the writer that takes the vacant names out.
    sweeping: Mutex<()>,
    /// How many names were looked at to take vacant ones out.
    #[cfg(test)]
    looked_at: AtomicUsize,
}

/// The right to change one name, and whatever else falls in its shard.
pub(super) struct Writing<'a> {
    table: &'a Table,
    /// Given back first: leaving the map may free memory.
    _shard: MutexGuard<'a, ()>,
    map: LocalGuard<'a>,
}

impl Table {
    /// An empty table; `seed` keys its hash, so that nobody can choose names that collide.
    pub(super) fn new(seed: u64) -> Self {
        Self::with_hash(NameHash::new(seed))
    }

    fn with_hash(hash: NameHash) -> Self {
        Self {
            owners: HashMap::with_hasher(hash.clone()),
            shards: std::array::from_fn(|_| Mutex::new(())),
            hash,
            owned: AtomicUsize::new(0),
            vacant: AtomicUsize::new(0),
            sweeping: Mutex::new(()),
            #[cfg(test)]
            looked_at: AtomicUsize::new(0),
        }
    }

    /// A name as changes ask for it.
    pub(super) fn hashed(&self, key: Key) -> Hashed {
        Hashed { hash: self.hash.of(key.bytes()), key }
    }

    /// Which shard a hash falls in; locks of several are taken in this order.
    pub(super) fn shard(hash: u64) -> usize {
        // Bits that the map does not choose its places by.
        (hash >> 40) as usize % SHARDS
    }

    /// Waits for the right to change the names of this hash.
    pub(super) fn write(&self, hash: u64) -> Writing<'_> {
        self.write_shard(Self::shard(hash))
    }

    /// Waits for the right to change the names of a shard.
    pub(super) fn write_shard(&self, shard: usize) -> Writing<'_> {
        Writing { table: self, _shard: self.shards[shard].lock(), map: self.owners.guard() }
    }

    /// Waits for the right to change every name.
    pub(super) fn write_all(&self) -> Vec<Writing<'_>> {
        (0..SHARDS).map(|shard| self.write_shard(shard)).collect()
    }

    /// Who owns a name. Takes no lock and writes to no shared memory.
    #[inline]
    pub(super) fn owner(&self, name: &RegisteredName) -> Option<ProcessRef> {
        self.owners.pin().get(&Text(name.as_str().as_bytes()))?.life()
    }

    /// The number and the slot of the process that owns a name, if it is one of this runtime.
    pub(super) fn process(&self, name: &RegisteredName) -> Option<(u64, u32)> {
        let owners = self.owners.pin();
        let (stored, owner) = owners.get_key_value(&Text(name.as_str().as_bytes()))?;
        let slot = stored.slot().load(Ordering::Acquire);
        owner.life().filter(|_| slot != ELSEWHERE).map(|life| (life.process, slot))
    }

    pub(super) fn get(&self, key: &Key) -> Option<ProcessRef> {
        self.owners.pin().get(&Text(key.bytes()))?.life()
    }

    /// Takes the vacant names out. There were as many releases since the last time as this looks at names, or half.
    fn sweep(&self, map: &LocalGuard<'_>) {
        let Some(_sweeping) = self.sweeping.try_lock() else { return };
        for (stored, owner) in self.owners.iter(map) {
            #[cfg(test)]
            self.looked_at.fetch_add(1, Ordering::Relaxed);
            if owner.life().is_some() {
                continue;
            }
            // A writer that gives it an owner meanwhile replaces it, and then it is not this one any more.
            let removed = self.owners.remove_if(stored, |_, owner| owner.life().is_none(), map);
            if matches!(removed, Ok(Some(_))) {
                self.vacant.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.owned.load(Ordering::Relaxed)
    }

    /// Every name and its owner, in the order of names; of those that change meanwhile, before or after.
    pub(super) fn all(&self) -> Vec<(Key, ProcessRef)> {
        let owners = self.owners.pin();
        let owned = owners.iter().filter_map(|(stored, owner)| Some((stored.key(), owner.life()?)));
        let mut all: Vec<_> = owned.collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

impl Writing<'_> {
    /// Who owns a name.
    pub(super) fn owner(&self, name: &Hashed) -> Option<ProcessRef> {
        self.table.owners.get(name, &self.map)?.life()
    }

    /// Gives a name an owner; `slot` is where the runtime has its process, or [`ELSEWHERE`].
    pub(super) fn put(&self, name: &Hashed, owner: ProcessRef, slot: u32) {
        let Table { owners, owned, vacant, .. } = self.table;
        match owners.insert(Stored::new(&name.key, slot), Owner::new(owner), &self.map) {
            None => {}
            Some(before) => {
                // Which of the two keys the map keeps is not said.
                if let Some((stored, _)) = owners.get_key_value(name, &self.map) {
                    stored.slot().store(slot, Ordering::Release);
                }
                if before.life().is_some() {
                    return;
                }
                vacant.fetch_sub(1, Ordering::Relaxed);
            }
        }
        if owned.fetch_add(1, Ordering::Relaxed) % FLUSH == FLUSH - 1 {
            self.map.flush();
        }
    }

    /// Frees a name, where it has an owner.
    pub(super) fn vacate(&self, name: &Hashed) {
        match self.table.owners.get_key_value(name, &self.map) {
            Some((stored, owner)) if owner.life().is_some() => self.free(stored, owner),
            _ => {}
        }
    }

    /// Frees one name that has this hash and this owner, and answers which.
    pub(super) fn vacate_of(&self, hash: u64, life: ProcessRef) -> Option<Key> {
        // Two names with one hash are as good as impossible, and may not keep a name of the dead.
        let mut others = Vec::new();
        loop {
            let asked = SameHash { hash, by: &self.table.hash, others: &others };
            let (stored, owner) = self.table.owners.get_key_value(&asked, &self.map)?;
            let key = stored.key();
            if owner.life() == Some(life) {
                self.free(stored, owner);
                return Some(key);
            }
            others.push(key);
        }
    }

    fn free(&self, stored: &Stored, owner: &Owner) {
        owner.vacate();
        stored.slot().store(ELSEWHERE, Ordering::Release);
        let owned = self.table.owned.fetch_sub(1, Ordering::Relaxed) - 1;
        if self.table.vacant.fetch_add(1, Ordering::Relaxed) >= VACANT + owned {
            self.table.sweep(&self.map);
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("names", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
