//! The names of one namespace in memory: read without a lock, written name by name.

use std::any::Any;
use std::fmt;
use std::hash::BuildHasher as _;
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
}

/// The right to change one name, and whatever else falls in its shard.
pub(super) struct Writing<'a> {
    _shard: MutexGuard<'a, ()>,
}

impl Table {
    /// An empty table; `seed` keys its hash, so that nobody can choose names that collide.
    pub(super) fn new(seed: u64) -> Self {
        let hasher = FixedState::with_seed(seed);
        Self { owners: HashMap::with_hasher(hasher.clone()), shards: std::array::from_fn(|_| Mutex::new(())), hasher }
    }

    /// Waits for the right to change a name.
    pub(super) fn write(&self, key: &Key) -> Writing<'_> {
        // Bits that the map does not choose its places by.
        let shard = (self.hasher.hash_one(key) >> 40) as usize % SHARDS;
        Writing { _shard: self.shards[shard].lock() }
    }

    /// Waits for the right to change every name.
    pub(super) fn write_all(&self) -> Vec<Writing<'_>> {
        self.shards.iter().map(|shard| Writing { _shard: shard.lock() }).collect()
    }

    /// Who owns a name. Takes no lock and writes to no shared memory.
    pub(super) fn owner(&self, name: &RegisteredName) -> Option<ProcessRef> {
        self.owners.pin().get(name.as_str().as_bytes()).map(|entry| entry.owner)
    }

    pub(super) fn entry(&self, name: &RegisteredName) -> Option<Entry> {
        self.owners.pin().get(name.as_str().as_bytes()).cloned()
    }

    pub(super) fn get(&self, key: &Key) -> Option<ProcessRef> {
        self.owners.pin().get(key).map(|entry| entry.owner)
    }

    pub(super) fn put(&self, _writing: &Writing<'_>, key: Key, entry: Entry) {
        self.owners.pin().insert(key, entry);
    }

    pub(super) fn remove(&self, _writing: &Writing<'_>, key: &Key) {
        self.owners.pin().remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Every name and its owner, in the order of names; of those that change meanwhile, before or after.
    pub(super) fn all(&self) -> Vec<(Key, ProcessRef)> {
        let owners = self.owners.pin();
        let mut all: Vec<_> = owners.iter().map(|(key, entry)| (key.clone(), entry.owner)).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

impl Entry {
    /// The process, if it takes messages of this type.
    pub(super) fn cell<M: Send + 'static>(&self) -> Option<Arc<Cell<M>>> {
        let process: Arc<dyn Any + Send + Sync> = self.process.upgrade()?;
        process.downcast().ok()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("names", &self.len()).finish_non_exhaustive()
    }
}
