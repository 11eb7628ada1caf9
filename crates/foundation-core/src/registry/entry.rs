//! An entry of a table: a name, who owns it, and how a table hashes names.
//!
//! The table allocates its key and its value together, and everybody pays for that allocation: 40 bytes.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use foldhash::fast::FixedState;
use papaya::Equivalent;

use super::key::{IN_PLACE, Key};
use crate::event::ProcessRef;
use crate::port::registry::RegisteredName;

/// The slot of a process that is not one of this runtime.
pub(super) const ELSEWHERE: u32 = u32::MAX;

/// A name as a table stores it, with its owner's place in the runtime's table, which fits in beside it. The place
/// belongs to the owner and not to the name: a table may keep the key when it replaces the value.
pub(super) enum Stored {
    Short { len: u8, bytes: [u8; IN_PLACE], slot: AtomicU32 },
    Long { name: RegisteredName, slot: AtomicU32 },
}

impl Stored {
    pub(super) fn new(key: &Key, slot: u32) -> Self {
        let slot = AtomicU32::new(slot);
        match key {
            Key::Short { len, bytes } => Self::Short { len: *len, bytes: *bytes, slot },
            Key::Long(name) => Self::Long { name: name.clone(), slot },
        }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes, .. } => &bytes[..usize::from(*len).min(IN_PLACE)],
            Self::Long { name, .. } => name.as_str().as_bytes(),
        }
    }

    pub(super) fn key(&self) -> Key {
        match self {
            Self::Short { len, bytes, .. } => Key::Short { len: *len, bytes: *bytes },
            Self::Long { name, .. } => Key::Long(name.clone()),
        }
    }

    pub(super) fn slot(&self) -> &AtomicU32 {
        match self {
            Self::Short { slot, .. } | Self::Long { slot, .. } => slot,
        }
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Stored {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.bytes());
    }
}

/// Who owns a name, until it is free. A name that is free stays so: its next owner is another value.
pub(super) struct Owner {
    /// 0 when the name is free: the numbers of processes begin at 1.
    process: AtomicU64,
    incarnation: u64,
}

impl Owner {
    pub(super) fn new(ProcessRef { process, incarnation }: ProcessRef) -> Self {
        Self { process: AtomicU64::new(process), incarnation }
    }

    /// The life that owns the name; `None` when it is free.
    #[inline]
    pub(super) fn life(&self) -> Option<ProcessRef> {
        match self.process.load(Ordering::Acquire) {
            0 => None,
            process => Some(ProcessRef { process, incarnation: self.incarnation }),
        }
    }

    pub(super) fn vacate(&self) {
        self.process.store(0, Ordering::Release);
    }
}

/// Hashes names, and takes a hash that is known already as it is.
#[derive(Clone)]
pub(super) struct NameHash {
    seeded: FixedState,
    /// Gives all names one hash.
    #[cfg(test)]
    pub(super) collide: bool,
}

pub(super) struct NameHasher {
    text: <FixedState as BuildHasher>::Hasher,
    hash: u64,
    #[cfg(test)]
    collide: bool,
}

impl NameHash {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seeded: FixedState::with_seed(seed),
            #[cfg(test)]
            collide: false,
        }
    }

    pub(super) fn of(&self, text: &[u8]) -> u64 {
        self.hash_one(Text(text))
    }
}

impl BuildHasher for NameHash {
    type Hasher = NameHasher;

    #[inline]
    fn build_hasher(&self) -> NameHasher {
        NameHasher {
            text: self.seeded.build_hasher(),
            hash: 0,
            #[cfg(test)]
            collide: self.collide,
        }
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.text.write(bytes);
        self.hash = self.text.finish();
        #[cfg(test)]
        if self.collide {
            self.hash = 1;
        }
    }

    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.hash = hash;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}

/// Asks for a name by its text alone.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl Hash for Text<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0);
    }
}

impl Equivalent<Stored> for Text<'_> {
    #[inline]
    fn equivalent(&self, stored: &Stored) -> bool {
        self.0 == stored.bytes()
    }
}

/// A name with its hash, so that a change hashes it once.
pub(super) struct Hashed {
    pub(super) key: Key,
    pub(super) hash: u64,
}

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<Stored> for Hashed {
    fn equivalent(&self, stored: &Stored) -> bool {
        self.key.bytes() == stored.bytes()
    }
}

/// Asks for a name by its hash alone, beside `others` that have the same.
pub(super) struct SameHash<'a> {
    pub(super) hash: u64,
    pub(super) by: &'a NameHash,
    pub(super) others: &'a [Key],
}

impl Hash for SameHash<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<Stored> for SameHash<'_> {
    fn equivalent(&self, stored: &Stored) -> bool {
        let text = stored.bytes();
        self.by.of(text) == self.hash && self.others.iter().all(|other| other.bytes() != text)
    }
}

#[cfg(test)]
mod tests;
