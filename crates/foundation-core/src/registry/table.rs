//! The names of one namespace in memory: read without a lock, written name by name.
//!
//! A name that is free again stays in the map as vacant, and goes when the vacant ones outnumber the others: the map
//! never fills the place of a removed key again until it is copied as a whole, so that a process that is restarted
//! again and again under one name would have everybody's names copied every few restarts.

use std::any::Any;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use foldhash::fast::FixedState;
use papaya::HashMap;
use parking_lot::{Mutex, MutexGuard};

use super::key::Key;
use crate::event::ProcessRef;
use crate::port::registry::RegisteredName;
use crate::process::Exit;
use crate::process::cell::Cell;
use crate::process::control::AtEnd;
use crate::runtime::Runtime;

/// So many writers of different names can be at it at once.
const SHARDS: usize = 32;
/// Up to this many vacant names are kept however few others there are.
const VACANT: usize = 64;
/// What owns a vacant name: the numbers of processes begin at 1.
const NOBODY: ProcessRef = ProcessRef { process: 0, incarnation: 0 };

/// What owns a name: a process of any kind.
pub(super) trait Registrant: Any + Send + Sync {
    /// How its latest life ended.
    fn last_exit(&self) -> Option<Exit>;
    /// The runtime that it was first started on.
    fn runtime(&self) -> Option<&Runtime>;
    /// Has `hook` called at the end of the life `incarnation`; gives it back where that life is over.
    fn at_end(&self, incarnation: u64, hook: AtEnd) -> Result<(), AtEnd>;
}

impl<M: Send + 'static> Registrant for Cell<M> {
    fn last_exit(&self) -> Option<Exit> {
        self.control.last_exit()
    }

    fn runtime(&self) -> Option<&Runtime> {
        self.runtime()
    }

    fn at_end(&self, incarnation: u64, hook: AtEnd) -> Result<(), AtEnd> {
        self.control.at_end(incarnation, hook)
    }
}

/// Who owns a name.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) owner: ProcessRef,
    /// The process, where it is one of this runtime. It does not keep the process: a table frees entries late.
    pub(super) process: Weak<dyn Registrant>,
}

/// Names and their owners.
///
/// Whoever changes a name holds the name's [`Writing`]; readers hold nothing.
pub(super) struct Table {
    owners: HashMap<Key, Entry, FixedState>,
    shards: [Mutex<()>; SHARDS],
    hasher: FixedState,
    owned: AtomicUsize,
    vacant: AtomicUsize,
    /// Held by the writer that takes the vacant names out.
    sweeping: Mutex<()>,
    /// How many names were looked at to take vacant ones out.
    #[cfg(test)]
    looked_at: AtomicUsize,
}

/// A name's text, as a lookup asks for it: hashed and compared without a word for its length.
struct Text<'a>(&'a [u8]);

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0);
    }
}

impl papaya::Equivalent<Key> for Text<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.bytes()
    }
}

/// The right to change one name, and whatever else falls in its shard.
pub(super) struct Writing<'a> {
    _shard: MutexGuard<'a, ()>,
}

impl Table {
    /// An empty table; `seed` keys its hash, so that nobody can choose names that collide.
    pub(super) fn new(seed: u64) -> Self {
        let hasher = FixedState::with_seed(seed);
        Self {
            owners: HashMap::with_hasher(hasher.clone()),
            shards: std::array::from_fn(|_| Mutex::new(())),
            hasher,
            owned: AtomicUsize::new(0),
            vacant: AtomicUsize::new(0),
            sweeping: Mutex::new(()),
            #[cfg(test)]
            looked_at: AtomicUsize::new(0),
        }
    }

    /// Which shard a name falls in; locks of several are taken in this order.
    pub(super) fn shard(&self, key: &Key) -> usize {
        // Bits that the map does not choose its places by.
        (self.hasher.hash_one(key) >> 40) as usize % SHARDS
    }

    /// Waits for the right to change a name.
    pub(super) fn write(&self, key: &Key) -> Writing<'_> {
        self.write_shard(self.shard(key))
    }

    /// Waits for the right to change the names of a shard.
    pub(super) fn write_shard(&self, shard: usize) -> Writing<'_> {
        Writing { _shard: self.shards[shard].lock() }
    }

    /// Waits for the right to change every name.
    pub(super) fn write_all(&self) -> Vec<Writing<'_>> {
        (0..SHARDS).map(|shard| self.write_shard(shard)).collect()
    }

    /// Who owns a name. Takes no lock and writes to no shared memory.
    #[inline]
    pub(super) fn owner(&self, name: &RegisteredName) -> Option<ProcessRef> {
        let owners = self.owners.pin();
        let entry = owners.get(&Text(name.as_str().as_bytes()))?;
        (entry.owner != NOBODY).then_some(entry.owner)
    }

    pub(super) fn process(&self, name: &[u8]) -> Option<Arc<dyn Registrant>> {
        self.owners.pin().get(&Text(name))?.process.upgrade()
    }

    pub(super) fn get(&self, key: &Key) -> Option<ProcessRef> {
        let owners = self.owners.pin();
        owners.get(key).map(|entry| entry.owner).filter(|owner| *owner != NOBODY)
    }

    pub(super) fn put(&self, _writing: &Writing<'_>, key: Key, entry: Entry) {
        match self.owners.pin().insert(key, entry) {
            Some(before) if before.owner != NOBODY => return,
            Some(_vacant) => drop(self.vacant.fetch_sub(1, Ordering::Relaxed)),
            None => {}
        }
        self.owned.fetch_add(1, Ordering::Relaxed);
    }

    /// Frees a name that has an owner.
    pub(super) fn remove(&self, _writing: &Writing<'_>, key: Key) {
        let vacant = Entry { owner: NOBODY, process: Weak::<Cell<()>>::new() };
        self.owners.pin().insert(key, vacant);
        let owned = self.owned.fetch_sub(1, Ordering::Relaxed) - 1;
        if self.vacant.fetch_add(1, Ordering::Relaxed) >= VACANT + owned {
            self.sweep();
        }
    }

    /// Takes the vacant names out. There were as many releases since the last time as this looks at names, or half.
    fn sweep(&self) {
        let Some(_sweeping) = self.sweeping.try_lock() else { return };
        let owners = self.owners.pin();
        for (key, entry) in &owners {
            #[cfg(test)]
            self.looked_at.fetch_add(1, Ordering::Relaxed);
            // A writer that makes an entry of it meanwhile replaces it, and then it is not this one any more.
            if entry.owner == NOBODY && matches!(owners.remove_if(key, |_, entry| entry.owner == NOBODY), Ok(Some(_))) {
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
        let owned = owners.iter().filter(|(_, entry)| entry.owner != NOBODY);
        let mut all: Vec<_> = owned.map(|(key, entry)| (key.clone(), entry.owner)).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("names", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
