//! What is said about registered processes, and indexes over it.
//!
//! An index over a key is made when somebody first looks for that key, and kept from then on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::key::Key;
use crate::event::ProcessRef;
use crate::port::registry::Metadata;

/// The words about the registrations that have any.
#[derive(Debug, Default)]
pub(super) struct Described {
    words: HashMap<Key, (ProcessRef, Arc<Metadata>)>,
    /// By metadata key, the names by their value.
    indexes: HashMap<String, BTreeMap<String, BTreeSet<Key>>>,
}

/// A name, its owner, and what is said about it.
pub(super) type Found = (Key, ProcessRef, Arc<Metadata>);

impl Described {
    /// Replaces what is said about a name.
    pub(super) fn put(&mut self, key: &Key, owner: ProcessRef, metadata: Arc<Metadata>) {
        self.remove(key);
        if metadata.is_empty() {
            return;
        }
        for (word, value) in &*metadata {
            if let Some(index) = self.indexes.get_mut(word) {
                index.entry(value.clone()).or_default().insert(key.clone());
            }
        }
        self.words.insert(key.clone(), (owner, metadata));
    }

    /// Forgets a name.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some((_, metadata)) = self.words.remove(key) else { return };
        for (word, value) in &*metadata {
            if let Some(index) = self.indexes.get_mut(word)
                && let Some(keys) = index.get_mut(value)
            {
                keys.remove(key);
                if keys.is_empty() {
                    index.remove(value);
                }
            }
        }
    }

    /// How many names have words.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// What is said about a name while `owner` has it.
    pub(super) fn of(&self, key: &Key, owner: ProcessRef) -> Option<Arc<Metadata>> {
        self.words.get(key).filter(|(described, _)| *described == owner).map(|(_, metadata)| Arc::clone(metadata))
    }

    /// Whose `word` is `value`, in the order of names.
    pub(super) fn exactly(&mut self, word: &str, value: &str) -> Vec<Found> {
        let keys: Vec<_> = self.index(word).get(value).into_iter().flatten().cloned().collect();
        keys.into_iter().filter_map(|key| self.found(key)).collect()
    }

    /// Whose `word` has `text` in its value, in the order of names. Looks at every value that there is.
    pub(super) fn containing(&mut self, word: &str, text: &str) -> Vec<Found> {
        let with_text = self.index(word).iter().filter(|(value, _)| value.contains(text));
        let keys: BTreeSet<_> = with_text.flat_map(|(_, keys)| keys).cloned().collect();
        keys.into_iter().filter_map(|key| self.found(key)).collect()
    }

    fn found(&self, key: Key) -> Option<Found> {
        let (owner, metadata) = self.words.get(&key)?;
        Some((key, *owner, Arc::clone(metadata)))
    }

    fn index(&mut self, word: &str) -> &BTreeMap<String, BTreeSet<Key>> {
        self.indexes.entry(word.to_owned()).or_insert_with(|| {
            let mut index: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
            for (key, (_, metadata)) in &self.words {
                if let Some(value) = metadata.get(word) {
                    index.entry(value.clone()).or_default().insert(key.clone());
                }
            }
            index
        })
    }
}

#[cfg(test)]
mod tests;
