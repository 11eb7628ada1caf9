//! What was acknowledged is there after a reopening.

use foundation_core::Code;
use foundation_core::port::storage::{Bucket, EventLog, Expect, Key, KeyValue, Read, Sequence, Write};
use foundation_sled::KeyValueReport;

use crate::support::{batch, event, open, read, settings, source, stream, try_open, wait};

#[test]
fn everything_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let events = source();
    let (first, second) = (stream("a.first"), stream("a.second"));
    let bucket = Bucket::new("bucket").unwrap();
    let key = |number: u32| Key::new(format!("key.{number}")).unwrap();
    let (mut appended, mut written) = (Vec::new(), Vec::new());
    wait(async {
        let store = open(folder.path());
        assert!(store.report().made);
        let (log, key_value) = (store.log(), store.key_value());
        for number in 0..200_u64 {
            let to = if number % 3 == 0 { &first } else { &second };
            let batch_events = vec![event(&events, vec![number as u8; number as usize]), event(&events, "second")];
            let at = log.append(to, batch(number), batch_events.clone(), Expect::Any).await.unwrap();
            appended.push((to.clone(), at, batch_events));
        }
        for number in 0..300 {
            let write = Write::put(key(number % 100), number.to_string());
            written.push(key_value.write(&bucket, write).await.unwrap());
        }
        key_value.write(&bucket, Write::delete(key(7))).await.unwrap();
    });
    for _ in 0..2 {
        let store = open(folder.path());
        let report = store.report().clone();
        assert_eq!(report.events, 400);
        assert_eq!(report.key_value, KeyValueReport::Verified { rows: 99 });
        wait(async {
            let (log, key_value) = (store.log(), store.key_value());
            assert_eq!(log.streams("a.").await.unwrap(), vec![first.clone(), second.clone()]);
            let mut found = [
                read(&*log, &first, Sequence::START).await.unwrap().into_iter(),
                read(&*log, &second, Sequence::START).await.unwrap().into_iter(),
            ];
            for (number, (to, at, events)) in (0_u64..).zip(&appended) {
                for (sequence, event) in (at.first.0..).zip(events) {
                    let recorded = found[usize::from(*to == second)].next().unwrap();
                    assert_eq!((recorded.sequence.0, &recorded.event), (sequence, event));
                }
                let again = log.append(to, batch(number), events.clone(), Expect::Empty).await.unwrap();
                assert_eq!((again.first, again.last, again.duplicate), (at.first, at.last, true));
            }
            assert!(found.iter_mut().all(|left| left.next().is_none()));
            assert_eq!(key_value.get(&bucket, &key(7), Read::Strict).await.unwrap(), None);
            let entry = key_value.get(&bucket, &key(8), Read::Strict).await.unwrap().unwrap();
            assert_eq!((entry.value, entry.revision), ("208".into(), written[208]));
        });
        store.close();
    }
}

#[test]
fn revisions_go_on_above_those_of_deletes_that_found_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::new("bucket").unwrap();
    let key = Key::new("key").unwrap();
    let mut last = foundation_core::port::storage::Revision(0);
    for _ in 0..3 {
        let store = open(folder.path());
        wait(async {
            for write in [
                Write::delete(Key::new("nothing").unwrap()),
                Write::put(key.clone(), "x"),
                Write::delete(Key::new("nothing").unwrap()),
            ] {
                let revision = store.key_value().write(&bucket, write).await.unwrap();
                assert!(revision > last, "{revision:?} is not above {last:?}");
                last = revision;
            }
        });
    }
}

#[test]
fn trimmed_blocks_are_deleted_and_what_they_said_stays() {
    let folder = tempfile::tempdir().unwrap();
    let events = source();
    let (busy, calm) = (stream("busy"), stream("calm"));
    let settings = || foundation_sled::SledSettings { reclaim_blocks: 4, ..settings() };
    let open = || crate::support::open_with(folder.path(), settings(), crate::support::clock());
    let big = || vec![event(&events, vec![7; 8_000])];
    let store = open();
    let heads = wait(async {
        let log = store.log();
        let mut heads = Vec::new();
        for number in 0..40 {
            heads.push(log.append(&busy, batch(number), big(), Expect::Any).await.unwrap().last);
        }
        log.append(&calm, batch(100), big(), Expect::Any).await.unwrap();
        log.trim(&busy, heads[29]).await.unwrap();
        heads
    });
    store.close();
    let store = open();
    assert!(store.report().blocks < 20, "{:?}", store.report());
    wait(async {
        let log = store.log();
        let left = read(&*log, &busy, Sequence::START).await.unwrap();
        assert_eq!(left.iter().map(|recorded| recorded.sequence).collect::<Vec<_>>(), heads[29..]);
        let error = log.read(&busy, heads[5]).await.err().unwrap();
        assert_eq!(error.code(), Code::Compacted);
        assert_eq!(read(&*log, &busy, heads[28].next()).await.unwrap().len(), 11);
        let again = log.append(&busy, batch(3), big(), Expect::Any).await.unwrap();
        assert_eq!((again.last, again.duplicate), (heads[3], true));
        // To the end: the last event always stays.
        log.trim(&busy, Sequence(u64::MAX)).await.unwrap();
        assert_eq!(read(&*log, &busy, Sequence::START).await.unwrap().len(), 1);
        assert_eq!(log.head(&busy).await.unwrap(), heads.last().copied());
    });
    store.close();
    let store = open();
    wait(async {
        let again = store.log().append(&busy, batch(3), big(), Expect::Any).await.unwrap();
        assert_eq!((again.last, again.duplicate), (heads[3], true));
        assert_eq!(store.log().head(&calm).await.unwrap(), Some(heads[39].next()));
    });
}

#[test]
fn a_closed_store_says_so_and_can_be_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let events = source();
    let name = stream("s");
    let store = open(folder.path());
    let (log, key_value) = (store.log(), store.key_value());
    wait(async {
        use futures_util::StreamExt as _;
        log.append(&name, batch(1), vec![event(&events, "x")], Expect::Any).await.unwrap();
        let mut subscription = log.subscribe(&name, Sequence::START).await.unwrap();
        assert!(subscription.next().await.unwrap().is_ok());
        store.close();
        assert_eq!(subscription.next().await.unwrap().unwrap_err().code(), Code::ServiceUnavailable);
        assert!(subscription.next().await.is_none());
        let error = log.append(&name, batch(2), vec![event(&events, "x")], Expect::Any).await.unwrap_err();
        assert_eq!(error.code(), Code::ServiceUnavailable);
        let bucket = Bucket::new("b").unwrap();
        let error = key_value.get(&bucket, &Key::new("k").unwrap(), Read::Local).await.unwrap_err();
        assert_eq!(error.code(), Code::ServiceUnavailable);
    });
    try_open(folder.path()).unwrap();
}
