//! The main job from outside: what it finds, what it refuses, and how it goes on.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `mabeam` in `folder`.
fn mabeam(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mabeam")).args(arguments).current_dir(folder).output().expect("it starts")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A study that is over at once.
const SHORT: [&str; 7] = ["run", "--http", "off", "--budget", "60", "--json", "-"];

fn found(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).expect("one JSON object on standard output")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_study_in_memory_finds_what_one_on_disk_finds() {
    let folder = folder();
    let on_disk = found(&mabeam(folder.path(), &SHORT));
    let in_memory = found(&mabeam(folder.path(), &[&SHORT[..], &["--composition", "memory"]].concat()));
    for part in ["study", "seed", "slots", "best", "test_value", "baselines", "budget"] {
        assert_eq!(on_disk[part], in_memory[part], "{part}");
    }
    assert_eq!(on_disk["resumed"], false);
    assert!(on_disk["budget"]["granted"].as_u64().is_some_and(|granted| granted <= 60));
    let trials = on_disk["trials"].as_array().expect("trials");
    assert!(trials.iter().all(|trial| trial["state"] == "completed" || trial["state"] == "stopped"));
    assert!(on_disk["test_value"].as_f64().is_some_and(|value| value > 0.5));
    assert!(folder.path().join(".foundation/digits/report.html").is_file());
}

#[test]
fn a_finished_study_is_answered_again_and_another_one_is_refused() {
    let folder = folder();
    let first = found(&mabeam(folder.path(), &SHORT));
    let again = mabeam(folder.path(), &["run", "--http", "off", "--json", "-"]);
    let again = found(&again);
    assert_eq!(again["trials"], first["trials"]);
    assert_eq!(again["resumed"], true);
    let other = mabeam(folder.path(), &["run", "--http", "off", "--seed", "7"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).contains("`seed` was 1, is 7"), "{}", said(&other));
    assert!(said(&other).contains("--fresh"), "{}", said(&other));
    let fresh = mabeam(folder.path(), &[&SHORT[..], &["--fresh", "--seed", "7"]].concat());
    assert_eq!(found(&fresh)["seed"], 7);
    let kept = std::fs::read_dir(folder.path().join(".foundation")).expect("the folder").count();
    assert_eq!(kept, 2, "the old folder is kept aside");
}

#[test]
fn what_cannot_be_run_is_refused_with_its_reason() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), "").expect("a file");
    for (arguments, code, named) in [
        (&["run", "--study", "nosuch"][..], 2, "give digits, or a study file"),
        (&["run", "--trials", "0"], 2, "--trials"),
        (&["run", "--composition", "cloud"], 2, "cloud"),
        (&["run", "--agents", "3", "--slots", "2"], 2, "--agents 3"),
        (&["run", "--http", "off", "--budget", "5"], 1, "`budget` is 5"),
        (&["run", "--http", "off", "--data", "file"], 1, "--data"),
        (&["run", "--http", "0.0.0.0:0", "--data", "new"], 1, "no token is set"),
        (&["export", "--data", "nowhere", "out"], 1, "no such folder"),
        (&["chaos", "kill9", "--plant", "nosuch"], 2, "ack-before-write"),
    ] {
        let output = mabeam(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(named), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = mabeam(folder.path(), &["run", "--http", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains(&address), "{}", said(&output));
}

#[test]
fn an_export_is_imported_and_tells_the_same_study() {
    let folder = folder();
    let first = found(&mabeam(folder.path(), &SHORT));
    let exported = found(&mabeam(folder.path(), &["export", "out", "--json", "-"]));
    let imported = found(&mabeam(folder.path(), &["import", "out", "--data", "copy", "--json", "-"]));
    assert_eq!(exported["events"], imported["events"]);
    let again = found(&mabeam(folder.path(), &["run", "--http", "off", "--data", "copy", "--json", "-"]));
    assert_eq!(again["trials"], first["trials"]);
    let twice = mabeam(folder.path(), &["import", "out", "--data", "copy"]);
    assert!(said(&twice).contains("not empty"), "{}", said(&twice));
}
