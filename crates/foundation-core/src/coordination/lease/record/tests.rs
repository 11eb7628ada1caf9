use proptest::prelude::*;

use super::{Claim as _, LeaseRecord, decode, encode};
use crate::error::Code;
use crate::event::NodeId;
use crate::port::storage::{Entry, Key, Revision};

fn record(nonce: u128, token: Option<u64>) -> LeaseRecord {
    LeaseRecord { node: NodeId::new("n1").unwrap(), nonce, token, words: "at 10.0.0.1".to_owned() }
}

fn entry(value: impl Into<bytes::Bytes>) -> Entry {
    Entry { key: Key::new("lock/a").unwrap(), value: value.into(), revision: Revision(5) }
}

#[test]
fn own_records_are_told_from_others_by_their_nonce() {
    let mine = record(7, None);
    assert_eq!(mine.read(&entry(mine.encode(None).unwrap())).unwrap(), Some(None));
    assert_eq!(mine.read(&entry(mine.encode(Some(Revision(3))).unwrap())).unwrap(), Some(Some(Revision(3))));
    assert_eq!(mine.read(&entry(record(8, None).encode(None).unwrap())).unwrap(), None);
    assert_eq!(record(7, None).token(Revision(5)), Revision(5));
    assert_eq!(record(7, Some(3)).token(Revision(5)), Revision(3));
}

/// These bytes are in stores.
#[test]
fn the_bytes_do_not_change() {
    let bytes = record(1, Some(300)).encode(Some(Revision(300))).unwrap();
    assert_eq!(bytes[..], *b"\x01\x02n1\x01\x01\xac\x02\x0bat 10.0.0.1");
}

#[test]
fn a_newer_version_is_told_from_damage() {
    let mut bytes = encode(&record(1, None)).unwrap().to_vec();
    bytes[0] = 2;
    assert_eq!(decode::<LeaseRecord>(&entry(bytes.clone())).unwrap_err().code(), Code::NewerVersion);
    bytes[0] = 1;
    bytes.push(0);
    assert_eq!(decode::<LeaseRecord>(&entry(bytes)).unwrap_err().code(), Code::Corrupt);
    assert_eq!(decode::<LeaseRecord>(&entry("")).unwrap_err().code(), Code::Corrupt);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        drop(decode::<LeaseRecord>(&entry(bytes)));
    }

    #[test]
    fn records_come_back(nonce: u128, token: Option<u64>, words in ".{0,40}") {
        let record = LeaseRecord { words, ..record(nonce, token) };
        prop_assert_eq!(decode::<LeaseRecord>(&entry(encode(&record).unwrap())).unwrap(), record);
    }
}
