//! A second process: this test binary again, told by a variable what to do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use foundation_core::Code;
use foundation_core::port::storage::{Bucket, EventLog, Expect, Key, KeyValue, Sequence, Write};
use foundation_sled::SledStore;

use crate::support::{batch, event, open, read, source, spawn, stream, try_open, wait};

const ROLE: &str = "FOUNDATION_SLED_CHILD";
const FOLDER: &str = "FOUNDATION_SLED_FOLDER";

/// The arguments that make this binary run as a child.
pub(crate) fn command(program: &[&str], role: &str, folder: &Path) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut words = program.iter();
    let mut command = match words.next() {
        None => Command::new(&own),
        Some(program) => {
            let mut command = Command::new(program);
            command.args(words).arg(&own);
            command
        }
    };
    command.args(["--exact", "child::entry", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(FOLDER, folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Starts a child and waits until it has said `word`.
pub(crate) fn start(command: &mut Command, word: &str) -> Child {
    let mut child = spawn(command).unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    for line in lines {
        if line.unwrap().contains(word) {
            return child;
        }
    }
    panic!("the child ended without `{word}`: {:?}", child.wait());
}

/// Runs a child to its end and answers what it said.
pub(crate) fn finish(command: &mut Command) -> String {
    let mut child = spawn(command.stderr(Stdio::piped())).unwrap();
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Not a test of its own: what a child does.
#[test]
fn entry() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else { return };
    let folder = Path::new(&folder);
    match role.as_str() {
        "hold" => {
            let _store = open(folder);
            println!("held");
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        "acknowledge" => acknowledge(&open(folder)),
        #[cfg(feature = "planted-bugs")]
        "acknowledge early" => {
            let plant = Some(foundation_sled::Plant::AckBeforeWrite);
            let settings = foundation_sled::SledSettings { plant, ..crate::support::settings() };
            acknowledge(&crate::support::open_with(folder, settings, crate::support::clock()));
        }
        "full disk" => full_disk(folder),
        "read-only" => {
            println!("open: {:?}", try_open(folder).unwrap_err().code());
        }
        "make" => open(folder).close(),
        other => panic!("{other}"),
    }
}

/// Writes one line to standard error after each answer, for whoever traces the system calls.
fn acknowledge(store: &SledStore) {
    let events = source();
    let bucket = Bucket::new("bucket").unwrap();
    std::io::stderr().write_all(b"ready\n").unwrap();
    wait(async {
        for number in 0..20 {
            let event = vec![event(&events, format!("block-of-{number:04}"))];
            store.log().append(&stream("s"), batch(number), event, Expect::Any).await.unwrap();
            std::io::stderr().write_all(format!("ack-log-{number:04}\n").as_bytes()).unwrap();
            let write = Write::put(Key::new("key").unwrap(), format!("row-of-{number:04}"));
            store.key_value().write(&bucket, write).await.unwrap();
            std::io::stderr().write_all(format!("ack-row-{number:04}\n").as_bytes()).unwrap();
        }
    });
}

/// Appends until the disk is full, and goes on when it is not any more.
fn full_disk(folder: &Path) {
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![7; 24 << 20]).unwrap();
    let folder = folder.join("store");
    let events = source();
    let store = open(&folder);
    let log = store.log();
    wait(async {
        let big = || vec![event(&events, vec![7; 16_000]), event(&events, vec![8; 14_000])];
        let mut appended = 0;
        let error = loop {
            match log.append(&stream("s"), batch(appended), big(), Expect::Any).await {
                Ok(_) => appended += 1,
                Err(error) => break error,
            }
            assert!(appended < 10_000, "the disk never fills");
        };
        assert_eq!(error.code(), Code::ResourceExhausted, "{}", error.chain());
        let again = log.append(&stream("s"), batch(99_999), big(), Expect::Any).await.unwrap_err();
        assert_eq!(again.code(), Code::ResourceExhausted, "{}", again.chain());
        assert!(again.advice().contains("open it again"), "{again}");
        let before = read(&*log, &stream("s"), Sequence::START).await.unwrap();
        assert_eq!(before.len() as u64, 2 * appended, "what was answered is readable while the disk is full");

        store.close();
        std::fs::remove_file(&ballast).unwrap();
        let store = open(&folder);
        let log = store.log();
        // The batch that failed may have reached the disk; its id makes trying again safe.
        log.append(&stream("s"), batch(appended), big(), Expect::Any).await.unwrap();
        let after = read(&*log, &stream("s"), Sequence::START).await.unwrap();
        assert_eq!(after.len() as u64, 2 * appended + 2);
        assert_eq!(after[..before.len()], before);
        println!("went on after {appended} batches");
    });
}
