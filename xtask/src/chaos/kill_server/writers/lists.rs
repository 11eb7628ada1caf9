//! Writers of a key-value store: each appends its ids to a list under one key.

use std::sync::Arc;

use foundation_core::port::storage::{Bucket, Condition, Entry, Key, KeyValue, Read, Write};
use foundation_core::{Code, Result};

use super::{Books, Told, breathe, id, rest};

/// A list takes ids up to about this many bytes: the floor of what a store takes, with room for a few more.
const FULL: usize = 30 * 1024;

/// A writer of a list.
pub(in crate::chaos::kill_server) struct ListWriter {
    pub(in crate::chaos::kill_server) number: u32,
    pub(in crate::chaos::kill_server) store: Arc<dyn KeyValue>,
    pub(in crate::chaos::kill_server) bucket: Bucket,
    pub(in crate::chaos::kill_server) key: Key,
    pub(in crate::chaos::kill_server) books: Arc<Books>,
}

impl ListWriter {
    /// Appends until the books are closed or the list is full.
    pub(in crate::chaos::kill_server) async fn run(self) {
        let mut n = 0;
        while !self.books.is_stopped() {
            let Ok(found) = self.store.get(&self.bucket, &self.key, Read::Strict).await else {
                breathe().await;
                continue;
            };
            if found.as_ref().is_some_and(|entry| entry.value.len() > FULL) {
                return;
            }
            n += 1;
            self.append(id(self.number, n), found).await;
            rest().await;
        }
    }

    async fn append(&self, id: u64, found: Option<Entry>) {
        let condition = found.as_ref().map_or(Condition::Absent, |entry| Condition::At(entry.revision));
        let mut text = found.map_or(String::new(), |entry| String::from_utf8_lossy(&entry.value).into_owned());
        text.push_str(&format!("{id:x} "));
        let place = self.books.sent(id);
        let write = Write::put(self.key.clone(), text).when(condition);
        match self.store.write(&self.bucket, write).await {
            Ok(_) => self.books.succeeded(place),
            Err(error) if matches!(error.code(), Code::Conflict | Code::ServiceUnavailable) => {
                self.books.told(place, Told::Refused);
                breathe().await;
            }
            Err(_) => {
                self.books.lost_answer();
                self.resolve(place, id).await;
            }
        }
    }

    /// Reads back until there is an answer. An id that is there was taken. One that is not may still arrive as long as
    /// nothing else was written since; then the next write settles it, and the audit knows which it was.
    async fn resolve(&self, place: usize, id: u64) {
        loop {
            match self.store.get(&self.bucket, &self.key, Read::Strict).await {
                Ok(found) => {
                    self.books.found_out();
                    if found.is_some_and(|entry| ids(&entry).contains(&id)) {
                        self.books.told(place, Told::Acknowledged);
                    }
                    return;
                }
                Err(_) => breathe().await,
            }
        }
    }
}

fn ids(entry: &Entry) -> Vec<u64> {
    let text = String::from_utf8_lossy(&entry.value);
    // What is no id becomes one that nobody sent.
    text.split_whitespace().map(|word| u64::from_str_radix(word, 16).unwrap_or(u64::MAX)).collect()
}

/// The ids of a list.
pub(in crate::chaos::kill_server) async fn read_list(
    store: &dyn KeyValue,
    bucket: &Bucket,
    key: &Key,
) -> Result<Vec<u64>> {
    let found = store.get(bucket, key, Read::Strict).await?;
    Ok(found.as_ref().map(ids).unwrap_or_default())
}
