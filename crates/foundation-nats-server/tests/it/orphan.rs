//! A server whose starter was killed.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use foundation_nats_server::{NatsServer, ServerError, free_folder};

use crate::settings;

/// What a starter leaves behind that was killed on a system without parent-death signals: a server, with the lock of its
/// folder as its standard input, and nobody else who holds it.
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_was_left_behind_is_ended_and_its_folder_taken() {
    let Some(settings) = settings("a server that was left behind") else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = settings.folder(folder.path());
    drop(NatsServer::start(settings.clone()).unwrap());

    let path = folder.path().join("server.lock");
    let lock = File::options().read(true).write(true).open(&path).unwrap();
    // Waits: a child that another test was starting above has the former lock open, too, until it is a program.
    lock.lock().unwrap();
    let log = File::create(folder.path().join("orphan.log")).unwrap();
    let mut orphan = Command::new(&settings.binary)
        .arg("--config")
        .arg(folder.path().join("server.conf"))
        .stdin(Stdio::from(lock))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();

    let server = NatsServer::start(settings).unwrap();
    assert!(orphan.wait().is_ok());
    assert_ne!(server.process(), Some(orphan.id()));
}

/// Any other process that holds the lock is somebody at work.
#[test]
fn a_folder_that_somebody_else_holds_is_refused_and_nobody_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.lock");
    fs::write(&path, "").unwrap();
    let lock = File::open(&path).unwrap();
    lock.try_lock().unwrap();
    // This process itself holds it; a server never gets as far as being started.
    let settings = foundation_nats_server::ServerSettings::new("no-such-program").folder(folder.path());
    let error = NatsServer::start(settings).unwrap_err();
    assert!(matches!(error, ServerError::Held { .. }), "{error}");
}

/// The kernel ends a server whose starter is killed, where `setpriv` is there to ask for it.
#[cfg(target_os = "linux")]
#[test]
fn a_server_does_not_outlive_its_starter() {
    let Some(settings) = settings("a starter that is killed") else { return };
    let can = Command::new("setpriv").args(["--pdeathsig", "KILL", "--", "true"]).status();
    if !can.is_ok_and(|status| status.success()) {
        println!("SKIPPED: a starter that is killed — no setpriv — apt-get install util-linux");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = settings.folder(folder.path());
    // The starter is this program again, with the one test below.
    let mut starter = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "orphan::starter", "--nocapture"])
        .env(STARTER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(starter.stdout.take().unwrap()));
    let process = lines.find_map(|line| line.unwrap().split("server ").nth(1).map(str::to_owned)).unwrap();
    starter.kill().unwrap();
    starter.wait().unwrap();
    let _server = NatsServer::start(settings).unwrap();
    // Whoever ends an orphan asks it to end first, which it would have written down.
    let log = fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(!log.contains("Trapped"), "{log}");
    let gone =
        fs::read_to_string(format!("/proc/{process}/cmdline")).map_or(true, |line| !line.contains("server.conf"));
    assert!(gone, "process {process} still runs");
}

const STARTER: &str = "FOUNDATION_TEST_STARTER";

/// No test by itself: what the test above runs in a process of its own.
#[test]
fn starter() {
    let Some(folder) = std::env::var_os(STARTER) else { return };
    let Some(settings) = settings("the starter") else { return };
    let server = NatsServer::start(settings.folder(folder)).unwrap();
    println!("server {}", server.process().unwrap());
    // Until it is killed: its own standard output is all that the other side reads.
    let _ = std::io::Read::read(&mut std::io::stdin(), &mut [0]);
    std::thread::park();
}

/// A program that has the lock of a folder as its standard input, as a server that was left behind has it.
#[cfg(target_os = "linux")]
fn orphan(folder: &std::path::Path) -> std::io::Result<std::process::Child> {
    let lock = File::options().create(true).truncate(true).write(true).open(folder.join("server.lock"))?;
    lock.try_lock()?;
    Command::new("cat").arg("/dev/zero").stdin(Stdio::from(lock)).stdout(Stdio::null()).spawn()
}

/// Whoever has the file of the lock open without having it locked is about to try it, and no owner.
#[cfg(target_os = "linux")]
#[test]
fn who_only_looks_at_the_lock_of_an_orphan_is_not_taken_for_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let mut orphan = orphan(folder.path()).unwrap();
    let _looks = File::open(folder.path().join("server.lock")).unwrap();
    free_folder(folder.path()).unwrap();
    assert!(!orphan.wait().unwrap().success());
}

/// Several processes that want the folder of an orphan do not take each other for its owner: each of them gets it in turn.
#[cfg(target_os = "linux")]
#[test]
fn several_who_find_an_orphan_all_get_its_folder_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut orphan = orphan(folder.path()).unwrap();

    let again = || {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "orphan::taker"]).env(TAKER, folder.path()).stdout(Stdio::null()).spawn().unwrap()
    };
    let takers: Vec<_> = (0..3).map(|_| again()).collect();
    for mut taker in takers {
        assert!(taker.wait().unwrap().success());
    }
    assert!(!orphan.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
const TAKER: &str = "FOUNDATION_TEST_TAKER";

/// No test by itself: what the test above runs in processes of their own.
#[cfg(target_os = "linux")]
#[test]
fn taker() {
    let Some(folder) = std::env::var_os(TAKER) else { return };
    free_folder(folder.as_ref()).unwrap();
}
