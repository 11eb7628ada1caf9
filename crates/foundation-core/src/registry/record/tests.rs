use super::{NameRecord, Record as _, SessionRecord, decode};
use crate::error::Code;
use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Metadata, Owner};

fn owned() -> NameRecord {
    let owner =
        Owner { node: NodeId::new("n1").unwrap(), boot: u64::MAX, process: ProcessRef { process: 3, incarnation: 1 } };
    NameRecord::Owned { owner, epoch: 7, metadata: Metadata::from([("role".to_owned(), "sampler".to_owned())]) }
}

#[test]
fn records_come_back() {
    for record in [NameRecord::Vacant, owned()] {
        assert_eq!(decode::<NameRecord>(&record.encode().unwrap(), "x").unwrap(), record);
    }
    for epoch in [None, Some(300)] {
        let session = SessionRecord { node: NodeId::new("n1").unwrap(), boot: 9, epoch };
        assert_eq!(decode::<SessionRecord>(&session.encode().unwrap(), "x").unwrap(), session);
    }
}

#[test]
fn other_bytes_are_refused() {
    let good = owned().encode().unwrap();
    let code = |bytes: &[u8]| decode::<NameRecord>(bytes, "x").unwrap_err().code();
    assert_eq!(code(&[]), Code::Corrupt);
    assert_eq!(code(&good[..good.len() - 1]), Code::Corrupt);
    assert_eq!(code(&[good.as_ref(), &[0]].concat()), Code::Corrupt);
    let mut newer = good.to_vec();
    newer[0] = 2;
    assert_eq!(code(&newer), Code::NewerVersion);
    newer[0] = 0;
    assert_eq!(code(&newer), Code::Corrupt);
}

/// These bytes are on disk: a change of the fields needs a new version.
#[test]
fn the_bytes_are_fixed() {
    let bytes = owned().encode().unwrap();
    let expected: &[u8] = b"\x01\x01\x02n1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x03\x01\x07\x01\x04role\x07sampler";
    assert_eq!(bytes, expected);
    let session = |epoch| SessionRecord { node: NodeId::new("n1").unwrap(), boot: 9, epoch }.encode().unwrap();
    assert_eq!(session(None)[..], *b"\x01\x02n1\x09");
    assert_eq!(session(Some(300))[..], *b"\x02\x02n1\x09\xac\x02");
}
