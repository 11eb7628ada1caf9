//! Exports, imports and what is salvaged.

use std::io::Cursor;

use foundation_core::Code;
use foundation_core::port::storage::{Bucket, EventLog, Expect, Key, KeyRange, KeyValue, Read, Sequence, Ttl, Write};
use foundation_sled::{SledStore, import, salvage};
use futures_util::TryStreamExt as _;

use crate::support::{batch, clock, event, open, open_as, read, settings, source, stream, wait, while_nobody_starts};

fn filled(folder: &std::path::Path) -> SledStore {
    let events = source();
    let store = open(folder);
    wait(async {
        let (log, key_value) = (store.log(), store.key_value());
        for number in 0..60_u64 {
            let name = stream(&format!("s.{}", number % 4));
            let events = (0..=number % 5).map(|_| event(&events, vec![number as u8; 2_000])).collect();
            log.append(&name, batch(number), events, Expect::Any).await.unwrap();
        }
        log.trim(&stream("s.1"), Sequence(60)).await.unwrap();
        let bucket = Bucket::new("bucket").unwrap();
        for number in 0..50 {
            let mut write = Write::put(Key::new(format!("k.{number}")).unwrap(), vec![number; 10]);
            if number % 2 == 0 {
                write = write.expiring(Ttl::seconds(3_600));
            }
            key_value.write(&bucket, write).await.unwrap();
        }
    });
    store
}

#[test]
fn an_import_has_everything_and_goes_on_above() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(from.path());
    let mut file = Vec::new();
    let exported = store.export(&mut file).unwrap();
    assert_eq!(import(to.path(), &mut Cursor::new(&file), settings(), clock()).unwrap(), exported);
    let copy = open(to.path());
    let events = source();
    wait(async {
        for number in 0..4 {
            let name = stream(&format!("s.{number}"));
            let [left, right] = [&store, &copy].map(|store| store.log());
            assert_eq!(
                read(&*left, &name, Sequence::START).await.unwrap(),
                read(&*right, &name, Sequence::START).await.unwrap()
            );
        }
        let error = copy.log().read(&stream("s.1"), Sequence(2)).await.err().unwrap();
        assert_eq!(error.code(), Code::Compacted);
        let bucket = Bucket::new("bucket").unwrap();
        let entries = |store: &SledStore| {
            let (key_value, bucket) = (store.key_value(), bucket.clone());
            async move {
                let entries = key_value.scan(&bucket, KeyRange::all(), Read::Strict).await.unwrap();
                entries.try_collect::<Vec<_>>().await.unwrap()
            }
        };
        assert_eq!(entries(&store).await, entries(&copy).await);

        let again = copy.log().append(&stream("s.1"), batch(1), vec![event(&events, "x")], Expect::Any).await.unwrap();
        assert!(again.duplicate);
        let new = copy.log().append(&stream("s.1"), batch(99), vec![event(&events, "x")], Expect::Any).await.unwrap();
        assert_eq!(new.first.0, exported.sequence + 1);
        let revision = copy.key_value().write(&bucket, Write::put(Key::new("new").unwrap(), "x")).await.unwrap();
        assert!(revision.0 > exported.revision);
    });
}

#[test]
fn a_damaged_export_is_refused() {
    let from = tempfile::tempdir().unwrap();
    let mut sound = Vec::new();
    filled(from.path()).export(&mut sound).unwrap();
    let refuse = |what: &str, bytes: &[u8]| {
        let to = tempfile::tempdir().unwrap();
        let error = import(to.path(), &mut Cursor::new(bytes), settings(), clock()).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{what}: {error}");
        // Nor does the half of it pass for a store.
        assert_eq!(open_as(to.path(), settings(), clock()).unwrap_err().code(), Code::Corrupt, "{what}");
    };
    let lines: Vec<&[u8]> = sound.split_inclusive(|byte| *byte == b'\n').collect();
    refuse("empty", b"");
    refuse("without its last line", &lines[..lines.len() - 1].concat());
    refuse("a line is missing", &[&lines[..5], &lines[6..]].concat().concat());
    refuse("two lines are swapped", &[&lines[..5], &[lines[6], lines[5]], &lines[7..]].concat().concat());
    for at in (0..sound.len()).step_by(sound.len() / 12) {
        let mut flipped = sound.clone();
        flipped[at] ^= 1;
        refuse(&format!("bit 0 of byte {at} is flipped"), &flipped);
    }
    let newer = String::from_utf8(lines[0].to_vec()).unwrap().replace("\"format\":1", "\"format\":9");
    let to = tempfile::tempdir().unwrap();
    // The line's own checksum has to fit, else it is damage.
    let error = import(to.path(), &mut Cursor::new(newer), settings(), clock()).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
}

#[test]
fn only_an_empty_folder_is_filled() {
    let from = tempfile::tempdir().unwrap();
    let store = filled(from.path());
    let mut file = Vec::new();
    store.export(&mut file).unwrap();
    store.close();
    let error = while_nobody_starts(|| import(from.path(), &mut Cursor::new(&file), settings(), clock())).unwrap_err();
    assert_eq!(error.code(), Code::InvalidInput);
    open(from.path());
}

#[test]
fn salvage_reads_a_log_without_sled() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(from.path());
    let mut whole = Vec::new();
    let exported = store.export(&mut whole).unwrap();
    store.close();
    // Without its settings sled does not open; the blocks are all there.
    std::fs::write(from.path().join("log/conf"), "no settings of sled at all").unwrap();
    let error = open_as(from.path(), settings(), clock()).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.advice().contains("every acknowledged event is readable"), "{error}");

    let found = while_nobody_starts(|| salvage(from.path())).unwrap();
    assert!(found.complete);
    assert_eq!(found.last, exported.sequence);
    assert_eq!(found.streams.len(), 4);
    let mut file = Vec::new();
    let salvaged = found.export(&mut file).unwrap();
    assert_eq!((salvaged.batches, salvaged.events, salvaged.rows), (exported.batches, exported.events, 0));
    import(to.path(), &mut Cursor::new(&file), settings(), clock()).unwrap();
    wait(async {
        let log = open(to.path()).log();
        assert_eq!(read(&*log, &stream("s.2"), Sequence::START).await.unwrap().len(), 45);
    });
}
