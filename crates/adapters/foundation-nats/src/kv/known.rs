//! What this instance has met already: revisions that are values, and its own latest write of each key.
//!
//! Both are tables of fixed size that forget: what they do not know costs a question to the server and is never wrong.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many places each table has; 32 KiB.
const PLACES: usize = 4_096;

fn places() -> Box<[AtomicU64]> {
    (0..PLACES).map(|_| AtomicU64::new(0)).collect()
}

/// Revisions of a bucket that are known to be values.
///
/// A write on the condition that a key has a revision would hold on the server for the revision of a deletion as well,
/// so it has to be known that a revision is no deletion. One that a write answered or a read told is.
#[derive(Debug)]
pub(super) struct KnownValues(Box<[AtomicU64]>);

impl KnownValues {
    pub(super) fn new() -> Self {
        Self(places())
    }

    pub(super) fn insert(&self, revision: u64) {
        if let Some(place) = self.place(revision) {
            place.store(revision, Ordering::Relaxed);
        }
    }

    pub(super) fn contains(&self, revision: u64) -> bool {
        // A place that is empty has a 0, which is no revision of anything.
        revision != 0 && self.place(revision).is_some_and(|place| place.load(Ordering::Relaxed) == revision)
    }

    /// Revisions of a bucket follow each other closely, so neighbours get neighbouring places.
    fn place(&self, revision: u64) -> Option<&AtomicU64> {
        self.0.get(usize::try_from(revision % PLACES as u64).ok()?)
    }
}

/// The latest revision that this instance wrote to each key, or more: keys that share a place share the larger one.
///
/// An answer from a follower that is older than this may lack a write of one's own.
#[derive(Debug)]
pub(super) struct OwnWrites(Box<[AtomicU64]>);

impl OwnWrites {
    pub(super) fn new() -> Self {
        Self(places())
    }

    pub(super) fn note(&self, key: &str, revision: u64) {
        if let Some(place) = self.place(key) {
            place.fetch_max(revision, Ordering::AcqRel);
        }
    }

    /// What a read of `key` has to reach.
    pub(super) fn least(&self, key: &str) -> u64 {
        self.place(key).map_or(0, |place| place.load(Ordering::Acquire))
    }

    fn place(&self, key: &str) -> Option<&AtomicU64> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.0.get(usize::try_from(hasher.finish() % PLACES as u64).ok()?)
    }
}

#[cfg(test)]
mod tests;
