use bytes::Bytes;
use foundation_core::port::storage::{Bucket, Key};
use proptest::prelude::*;

use super::{Record, Sums, names, row_key};

proptest! {
    #[test]
    fn a_record_survives_and_no_flipped_bit_passes(
        value in prop::collection::vec(any::<u8>(), 0..64),
        revision in any::<u64>(),
        expires in prop::option::of(1..u64::MAX),
        at in any::<prop::sample::Index>(),
    ) {
        let row = row_key(&Bucket::new("b").unwrap(), &Key::new("k.1").unwrap());
        let record = Record { value: Bytes::from(value), revision, expires };
        let (mut bytes, checksum) = record.encode(&row);
        prop_assert_eq!(Record::decode(&row, &bytes).unwrap(), (record, checksum));
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Record::decode(&row, &bytes).is_err());
    }

    #[test]
    fn sums_come_back_to_where_they_were(rows in prop::collection::vec(any::<[u8; 16]>(), 0..20)) {
        let start = Sums { revision: 7, ..Sums::default() };
        let mut sums = start;
        for checksum in &rows {
            sums.add(checksum);
        }
        prop_assert_eq!(Sums::decode(&sums.encode()).unwrap(), sums);
        for checksum in rows.iter().rev() {
            sums.remove(checksum);
        }
        prop_assert_eq!(sums, start);
    }
}

#[test]
fn a_row_key_is_read_back() {
    let (bucket, key) = (Bucket::new("names").unwrap(), Key::new("a.b/c=").unwrap());
    assert_eq!(names(&row_key(&bucket, &key)).unwrap(), (bucket, key));
    for row in [&b"bucket"[..], b"\0key", b"bucket\0", b"bu\xffcket\0key"] {
        assert!(names(row).is_err(), "{row:?}");
    }
}
