//! Damage to a closed folder: found, reported or harmless, never a wrong or a missing record.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{
    Bucket, EventLog, Expect, Key, KeyRange, KeyValue, Read, Recorded, Sequence, Write,
};
use foundation_core::{Code, Result};
use foundation_sled::{KeyValueReport, SledStore, salvage};
use futures_util::TryStreamExt as _;

use crate::support::{batch, event, open, read, source, stream, try_open, wait, while_nobody_starts};

/// Everything that can be read of a store.
#[derive(Debug, Default, PartialEq)]
struct Content {
    events: BTreeMap<String, Vec<Recorded>>,
    rows: Vec<(String, Vec<u8>, u64)>,
}

fn bucket() -> Bucket {
    Bucket::new("bucket").unwrap()
}

fn fill(folder: &Path) -> Content {
    let events = source();
    let store = open(folder);
    wait(async {
        let (log, key_value) = (store.log(), store.key_value());
        for number in 0..150_u64 {
            let events = (0..=number % 3).map(|part| event(&events, vec![(number + part) as u8; 300])).collect();
            log.append(&stream(&format!("s.{}", number % 5)), batch(number), events, Expect::Any).await.unwrap();
            let key = Key::new(format!("k.{}", number % 60)).unwrap();
            let write = if number % 7 == 0 { Write::delete(key) } else { Write::put(key, vec![number as u8; 200]) };
            key_value.write(&bucket(), write).await.unwrap();
        }
        log.trim(&stream("s.3"), Sequence(40)).await.unwrap();
    });
    let content = wait(content(&store)).unwrap();
    store.close();
    // Once more, so that sled has snapshots to read.
    open(folder).close();
    content
}

async fn content(store: &SledStore) -> Result<Content> {
    let mut content = Content::default();
    for name in store.log().streams("").await? {
        let events = read(&*store.log(), &name, Sequence::START).await?;
        content.events.insert(name.to_string(), events);
    }
    let mut entries = store.key_value().scan(&bucket(), KeyRange::all(), Read::Strict).await?;
    while let Some(entry) = entries.try_next().await? {
        content.rows.push((entry.key.to_string(), entry.value.to_vec(), entry.revision.0));
    }
    Ok(content)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.metadata().unwrap().len() > 0 && !entry.ends_with("lock") {
            found.push(entry);
        }
    }
    found.sort();
}

/// What became of some damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// An error when the store was opened.
    RefusedAtOpen,
    /// An error when it was read.
    RefusedAtRead,
    /// Rows of the key-value store are gone, and the report says so.
    KeyValueReplaced,
    /// Everything is there, and the report tells of a repair.
    Repaired,
    /// Everything is there.
    Harmless,
}

fn judge(folder: &Path, sound: &Content) -> std::result::Result<Outcome, String> {
    let store = match try_open(folder) {
        Ok(store) => store,
        Err(error) if matches!(error.code(), Code::Corrupt | Code::NewerVersion | Code::Timeout) => {
            return Ok(Outcome::RefusedAtOpen);
        }
        Err(error) => return Err(format!("an error that does not speak of damage: {}", error.chain())),
    };
    let report = store.report().clone();
    let found = wait(content(&store));
    store.close();
    let found = match found {
        Ok(found) => found,
        Err(error) if error.code() == Code::Corrupt => return Ok(Outcome::RefusedAtRead),
        Err(error) => return Err(format!("an error that does not speak of damage: {}", error.chain())),
    };
    if found.events != sound.events {
        return Err(format!("events are wrong or missing; {report:?}"));
    }
    match (&report.key_value, found.rows == sound.rows) {
        (KeyValueReport::Replaced { .. }, _) if found.rows.is_empty() => Ok(Outcome::KeyValueReplaced),
        (KeyValueReport::Verified { .. }, true) if report.head_repaired => Ok(Outcome::Repaired),
        (KeyValueReport::Verified { .. }, true) => Ok(Outcome::Harmless),
        _ => Err(format!("rows are wrong or missing; {report:?}")),
    }
}

/// Damages a copy of a sound folder in each of many ways, on two threads.
fn damage(count: u64, harm: impl Fn(&mut RandomStream, &Path) -> String + Sync) -> BTreeMap<Outcome, u32> {
    let template = tempfile::tempdir().unwrap();
    let sound = fill(template.path());
    let one = |number: u64| {
        let folder = tempfile::tempdir().unwrap();
        copy(template.path(), folder.path());
        let what = harm(&mut RandomStream::new(0xf11b, number), folder.path());
        let outcome = judge(folder.path(), &sound);
        outcome.unwrap_or_else(|why| panic!("damage {number}, {what}: {why}"))
    };
    let mut outcomes = BTreeMap::new();
    std::thread::scope(|scope| {
        let one = &one;
        let halves = [0, 1].map(|half| scope.spawn(move || (half..count).step_by(2).map(one).collect::<Vec<_>>()));
        for outcome in halves.into_iter().flat_map(|half| half.join().unwrap()) {
            *outcomes.entry(outcome).or_insert(0) += 1;
        }
    });
    outcomes
}

fn flip(path: &Path, bit: u64) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, bit / 8).unwrap();
    file.write_all_at(&[byte[0] ^ 1 << (bit % 8)], bit / 8).unwrap();
}

/// The part of a file that something was written to.
fn written(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(bytes.len(), |last| last + 1) as u64
}

/// How many bits are flipped: a nightly run may set more.
fn flips() -> u64 {
    std::env::var("FOUNDATION_SLED_FLIPS").map_or(200, |count| count.parse().unwrap())
}

#[test]
fn no_flipped_bit_passes() {
    let outcomes = damage(flips(), |random, folder| {
        let mut all = Vec::new();
        files(folder, &mut all);
        let file = &all[random.below(all.len() as u32) as usize];
        let bit = random.next_u64() % (written(file) * 8);
        flip(file, bit);
        format!("bit {bit} of {}", file.strip_prefix(folder).unwrap().display())
    });
    println!("{} flipped bits: {outcomes:?}", flips());
    // A test that only ever finds "harmless" would flip bits that nobody reads.
    assert!(outcomes.get(&Outcome::RefusedAtOpen).is_some_and(|count| *count >= 20), "{outcomes:?}");
    assert!(outcomes.get(&Outcome::KeyValueReplaced).is_some_and(|count| *count >= 10), "{outcomes:?}");
}

#[test]
fn no_truncated_file_passes() {
    let outcomes = damage(40, |random, folder| {
        let mut all = Vec::new();
        files(folder, &mut all);
        let file = &all[random.below(all.len() as u32) as usize];
        let length = random.next_u64() % written(file);
        fs::OpenOptions::new().write(true).open(file).unwrap().set_len(length).unwrap();
        format!("{} cut to {length} bytes", file.strip_prefix(folder).unwrap().display())
    });
    println!("40 truncated files: {outcomes:?}");
    assert!(outcomes.get(&Outcome::RefusedAtOpen).is_some_and(|count| *count >= 5), "{outcomes:?}");
}

#[test]
fn no_missing_file_passes() {
    let outcomes = damage(9, |random, folder| {
        let mut all = Vec::new();
        files(folder, &mut all);
        let file = &all[random.below(all.len() as u32) as usize];
        fs::remove_file(file).unwrap();
        format!("{} is gone", file.strip_prefix(folder).unwrap().display())
    });
    println!("9 missing files: {outcomes:?}");
}

/// Opens the log's sled folder as sled itself does, to take a block away.
fn raw(folder: &Path) -> sled::Db {
    let config = sled::Config::new().path(folder.join("log")).segment_size(4 << 20).flush_every_ms(None);
    while_nobody_starts(|| config.open()).unwrap()
}

#[test]
fn a_lost_tail_is_corrupt_and_says_what_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let log = raw(folder.path());
    let (last, _) = log.pop_max().unwrap().unwrap();
    log.flush().unwrap();
    drop(log);
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.what().contains("`head` names block"), "{error}");
    // The block itself still stands in the file, so everything is readable, without sled.
    assert_eq!(last.len(), 8);
    assert!(error.advice().contains("readable"), "{error}");
    assert!(while_nobody_starts(|| salvage(folder.path())).unwrap().complete);
}

#[test]
fn a_hole_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let log = raw(folder.path());
    log.remove(20_u64.to_be_bytes()).unwrap().unwrap();
    log.flush().unwrap();
    drop(log);
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.what().contains("block 20 is missing"), "{error}");
}

#[test]
fn a_torn_slot_is_repaired_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let sound = fill(folder.path());
    for page in 0..4 {
        let copy_of = tempfile::tempdir().unwrap();
        copy(folder.path(), copy_of.path());
        let head = fs::OpenOptions::new().write(true).open(copy_of.path().join("head")).unwrap();
        head.write_all_at(&[0x55; 40], page * 4_096 + 16).unwrap();
        assert_eq!(judge(copy_of.path(), &sound), Ok(Outcome::Repaired), "page {page}");
        // It was repaired, not only tolerated.
        assert_eq!(judge(copy_of.path(), &sound), Ok(Outcome::Harmless), "page {page}");
    }
}

#[test]
fn a_block_behind_the_head_counts_if_it_follows() {
    let folder = tempfile::tempdir().unwrap();
    let head = folder.path().join("head");
    let events = source();
    let store = open(folder.path());
    let before = wait(async {
        let log = store.log();
        for number in 0..3 {
            log.append(&stream("s"), batch(number), vec![event(&events, "x")], Expect::Any).await.unwrap();
        }
        let before = fs::read(&head).unwrap();
        log.append(&stream("s"), batch(3), vec![event(&events, "unanswered")], Expect::Any).await.unwrap();
        before
    });
    store.close();
    // As if the process had ended between the log's sync and the anchor's.
    fs::write(&head, before).unwrap();
    for unacknowledged in [1, 0] {
        let store = open(folder.path());
        assert_eq!(store.report().unacknowledged_blocks, unacknowledged);
        let left = wait(async { read(&*store.log(), &stream("s"), Sequence::START).await.unwrap() });
        assert_eq!(left.len(), 4);
        store.close();
    }
}

#[test]
fn a_lost_key_value_folder_is_reported_and_revisions_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let sound = fill(folder.path());
    let highest = sound.rows.iter().map(|(.., revision)| *revision).max().unwrap();
    let garbage = vec![0xa5; 300_000];
    fs::write(folder.path().join("kv/db"), garbage).unwrap();
    let store = open(folder.path());
    let KeyValueReport::Replaced { why, aside } = store.report().key_value.clone() else {
        panic!("{:?}", store.report())
    };
    assert!(!why.is_empty());
    assert_eq!(aside, Some(folder.path().join("kv.corrupt-1")));
    let revision = wait(async {
        let write = Write::put(Key::new("new").unwrap(), "x");
        store.key_value().write(&bucket(), write).await.unwrap()
    });
    assert!(revision.0 > highest);
    store.close();
    fs::remove_dir_all(folder.path().join("kv")).unwrap();
    let store = open(folder.path());
    assert!(matches!(store.report().key_value, KeyValueReport::Replaced { aside: None, .. }), "{:?}", store.report());
    let again =
        wait(async { store.key_value().write(&bucket(), Write::put(Key::new("new").unwrap(), "x")).await.unwrap() });
    assert!(again > revision);
}
