//! Folders that cannot be opened: each says why, and what to do.

use std::fs;
use std::path::Path;
use std::process::Command;

use foundation_core::Code;

use crate::child;
use crate::support::{open, succeeds, try_open};

#[test]
fn another_process_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = child::start(&mut child::command(&[], "hold", folder.path()), "held");
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::Held);
    let (process, place) = (format!("process {}", holder.id()), folder.path().display().to_string());
    assert!(error.what().contains(&process) && error.what().contains(&place), "{error}");
    // Killed, not ended: the lock goes with the process.
    holder.kill().unwrap();
    holder.wait().unwrap();
    open(folder.path());
}

#[test]
fn this_process_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::Held);
    assert!(error.what().contains(&std::process::id().to_string()), "{error}");
    drop(store);
    open(folder.path());
}

#[test]
fn a_newer_program_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).close();
    let path = folder.path().join("format.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"format\":1,"), "{text}");
    fs::write(&path, text.replace("\"format\":1,", "\"format\":7,\"more\":true,")).unwrap();
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::NewerVersion);
    assert!(error.what().contains("format 7") && error.what().contains("up to 1"), "{error}");
}

#[test]
fn a_file_is_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::write(&path, "a file").unwrap();
    for path in [path.clone(), path.join("below")] {
        let error = try_open(&path).unwrap_err();
        assert_eq!(error.code(), Code::Io);
        assert!(error.what().contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
}

#[test]
fn its_place_cannot_be_made() {
    let error = try_open(Path::new("/proc/no-such-folder/store")).unwrap_err();
    assert!(matches!(error.code(), Code::Io | Code::PermissionDenied), "{error}");
    assert!(error.what().contains("/proc/no-such-folder/store"), "{error}");
}

#[test]
fn a_making_that_was_cut_short_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).close();
    let path = folder.path().join("format.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("ready", "making")).unwrap();
    fs::remove_file(folder.path().join("head")).unwrap();
    assert!(open(folder.path()).report().made);
    // But a folder without its format file is no new one.
    fs::remove_file(&path).unwrap();
    assert_eq!(try_open(folder.path()).unwrap_err().code(), Code::Corrupt);
}

/// Runs a script of mounts in a namespace of its own; `None`, and a line that says so, where that is not permitted.
fn in_namespace(script: &str, role: &str, folder: &Path) -> Option<String> {
    if !succeeds(Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"])) {
        println!("SKIPPED: {role}: mounting a file system is not permitted here");
        return None;
    }
    let own = std::env::current_exe().unwrap();
    let script = format!("set -e; {script}; exec {} --exact child::entry --nocapture --test-threads=1", own.display());
    Some(child::finish(child::command(&["unshare", "-m", "sh", "-c", &script], role, folder).env("PLACE", folder)))
}

#[test]
fn a_full_disk_refuses_writes_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=80m none \"$PLACE\"";
    if let Some(said) = in_namespace(script, "full disk", folder.path()) {
        assert!(said.contains("went on after"), "{said}");
    }
}

#[test]
fn a_read_only_folder_is_denied() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).close();
    let script = "mount --bind \"$PLACE\" \"$PLACE\"; mount -o remount,bind,ro \"$PLACE\"";
    if let Some(said) = in_namespace(script, "read-only", folder.path()) {
        assert!(said.contains("open: PermissionDenied"), "{said}");
    }
}
