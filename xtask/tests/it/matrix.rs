//! `xtask test` on a workspace of its own, with tests that pass, fail and skip.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const ONE: &str = r#"//! A crate.
//!
//! ```
//! assert_eq!(one::one(), 1);
//! ```

/// One.
pub fn one() -> u8 {
    1
}

#[cfg(test)]
mod tests {
    macro_rules! proptest {
        ($($code:tt)*) => { $($code)* };
    }

    #[test]
    fn it_is_one() {
        println!("words that nobody needs");
        assert_eq!(super::one(), 1);
    }

    proptest! {
        #[test]
        fn it_is_always_one() {
            assert_eq!(super::one(), 1);
        }
    }
}
"#;

const TESTS: &str = r#"//! Tests.

mod key_value;

#[test]
fn the_server_answers() {
    println!("SKIPPED: the server — it is not installed — cargo xtask doctor --install server");
}

#[test]
fn from_outside() {
    assert_eq!(one::one(), EXPECTED);
}
"#;

const SUITE: &str = r#"//! A contract.

macro_rules! key_value_contract {
    ($($case:ident)+) => { $(#[test] fn $case() {})+ };
}

key_value_contract! { it_keeps_it }
"#;

const FEATURES: &str = r#"[features]
app = []
counted-memory = []
planted-bugs = []
[[bin]]
name = "mabeam"
required-features = ["app"]
"#;

/// Succeeds where a bug is asked for by a build that has it, and where none is asked for.
const EXPERIMENT: &str = r#"//! Experiments.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    assert_eq!(arguments[0], "chaos");
    let is_planted = arguments.iter().any(|argument| argument == "--plant");
    assert_eq!(is_planted, cfg!(feature = "planted-bugs"));
}
"#;

/// The tests of the crate whose model the group `model` checks.
const MODEL: &str = r#"//! A model.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_order_of_steps() {}
"#;

/// Every group but `differential`, which asks for a program that a machine may lack.
const EVERYWHERE: [&str; 14] = [
    "--only",
    "unit",
    "--only",
    "property",
    "--only",
    "contract",
    "--only",
    "integration",
    "--only",
    "model",
    "--only",
    "chaos",
    "--only",
    "doc",
];

/// A workspace with a crate `one`; `expected` decides whether its last test passes.
fn workspace(expected: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"xtask\", \"crates/*\"]\n");
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write("xtask/Cargo.toml", &format!("{}{FEATURES}", package("xtask")));
    write("xtask/src/lib.rs", "//! Nothing.\n");
    write("xtask/src/bin/mabeam.rs", EXPERIMENT);
    write("crates/one/Cargo.toml", &package("one"));
    write("crates/one/src/lib.rs", ONE);
    write("crates/one/tests/it/key_value.rs", SUITE);
    write("crates/one/tests/it/main.rs", &TESTS.replace("EXPECTED", &expected.to_string()));
    write(
        "crates/foundation-oneshot/Cargo.toml",
        &format!("{}[features]\nloom = []\nplanted-bugs = []\n", package("foundation-oneshot")),
    );
    write("crates/foundation-oneshot/src/lib.rs", "//! Nothing.\n");
    write("crates/foundation-oneshot/tests/it/main.rs", MODEL);
    fs::create_dir(folder.path().join("examples")).expect("a folder");
    folder
}

fn xtask_test(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("test")
        .args(arguments)
        .env("CARGO_MANIFEST_DIR", folder.join("xtask"))
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        // A program that answers for its version; the experiments of this tree start no server.
        .env("FOUNDATION_NATS_SERVER", env!("CARGO"))
        .output()
        .expect("xtask starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How many experiments were run: at least the four kinds of kill.
fn experiments(shown: &str) -> usize {
    let experiments = shown.matches("Running chaos").count();
    assert!(experiments >= 4, "{shown}");
    experiments
}

fn last_line(output: &Output) -> String {
    text(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_last_line_sums_up_and_the_exit_code_agrees() {
    let folder = workspace(1);
    let plain = xtask_test(folder.path(), &EVERYWHERE);
    let shown = text(&plain.stdout);
    let experiments = experiments(&shown);
    // One test in each of the other groups.
    let all = 6 + experiments;
    assert_eq!(last_line(&plain), format!("{all} passed, 0 failed, 1 skipped"), "{shown}");
    assert_eq!(plain.status.code(), Some(0));
    assert!(shown.contains("skipped the server: it is not installed; to run it: cargo xtask doctor"), "{shown}");
    assert!(!shown.contains("words that nobody needs"), "{shown}");

    let strict = xtask_test(folder.path(), &[&EVERYWHERE[..], &["--require-all", "--json", "-"]].concat());
    assert_eq!(strict.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&strict.stdout).expect("one JSON object");
    assert_eq!((&found["passed"], &found["failed"], &found["skipped"]), (&all.into(), &1.into(), &0.into()));
    assert_eq!(found["groups"]["property"]["passed"], 1);
    assert!(
        text(&strict.stderr).ends_with(&format!("{all} passed, 1 failed, 0 skipped\n")),
        "{}",
        text(&strict.stderr)
    );

    for (group, expected) in [
        ("unit", "1 passed, 0 failed, 0 skipped"),
        ("property", "1 passed, 0 failed, 0 skipped"),
        ("contract", "1 passed, 0 failed, 0 skipped"),
        ("integration", "1 passed, 0 failed, 1 skipped"),
        ("doc", "1 passed, 0 failed, 0 skipped"),
        ("model", "1 passed, 0 failed, 0 skipped"),
        ("chaos", &format!("{experiments} passed, 0 failed, 0 skipped")),
    ] {
        let output = xtask_test(folder.path(), &["--only", group]);
        assert_eq!(last_line(&output), expected, "{group}: {}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(0), "{group}");
    }
}

#[test]
fn a_test_that_fails_is_shown_and_fails_the_command() {
    let folder = workspace(2);
    let output = xtask_test(folder.path(), &["--only", "integration", "--only", "contract"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(last_line(&output), "1 passed, 1 failed, 1 skipped");
    let shown = text(&output.stdout);
    assert!(shown.contains("left: 1") && shown.contains("right: 2"), "{shown}");
    assert!(shown.contains("failed  from_outside"), "{shown}");
}

#[test]
fn an_experiment_that_fails_fails_the_command() {
    let folder = workspace(1);
    let experiment = folder.path().join("xtask/src/bin/mabeam.rs");
    fs::write(experiment, EXPERIMENT.replace("is_planted, cfg!", "!is_planted, cfg!")).expect("a file");
    let output = xtask_test(folder.path(), &["--only", "chaos"]);
    let experiments = experiments(&text(&output.stdout));
    assert_eq!(last_line(&output), format!("0 passed, {experiments} failed, 0 skipped"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn code_that_does_not_compile_fails_the_command() {
    let folder = workspace(1);
    fs::write(folder.path().join("crates/one/src/lib.rs"), "//! A crate.\npub fn one() -> u8 {}\n").expect("a file");
    let output = xtask_test(folder.path(), &["--only", "unit"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(last_line(&output), "0 passed, 1 failed, 0 skipped");
    assert!(text(&output.stdout).contains("mismatched types"), "{}", text(&output.stdout));
}
