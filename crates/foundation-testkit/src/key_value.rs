//! What every [`KeyValue`] owes.

mod batches;
mod conditions;
pub mod durable;
mod expiry;
mod limits;
mod reading;
mod watches;

use bytes::Bytes;
use foundation_core::port::storage::{Bucket, Entry, Key, KeyRange, KeyValue, Read, Revision, Write};
use futures_util::TryStreamExt as _;

pub use batches::*;
pub use conditions::*;
pub use expiry::*;
pub use limits::*;
pub use reading::*;
pub use watches::*;

fn bucket() -> Bucket {
    Bucket::new("contract").unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn put(text: &str, value: &str) -> Write {
    Write::put(key(text), Bytes::copy_from_slice(value.as_bytes()))
}

/// Writes without condition and answers the revision.
async fn wrote(store: &dyn KeyValue, text: &str, value: &str) -> Revision {
    store.write(&bucket(), put(text, value)).await.unwrap()
}

async fn entry(store: &dyn KeyValue, text: &str) -> Option<Entry> {
    store.get(&bucket(), &key(text), Read::Strict).await.unwrap()
}

/// The value of a key as text.
async fn value(store: &dyn KeyValue, text: &str) -> Option<String> {
    let entry = entry(store, text).await?;
    Some(String::from_utf8(entry.value.to_vec()).unwrap())
}

async fn scanned(store: &dyn KeyValue, range: KeyRange) -> Vec<Entry> {
    store.scan(&bucket(), range, Read::Strict).await.unwrap().try_collect().await.unwrap()
}

/// The keys of a range.
async fn keys(store: &dyn KeyValue, range: KeyRange) -> Vec<String> {
    scanned(store, range).await.into_iter().map(|entry| entry.key.as_str().to_owned()).collect()
}
