//! Exit codes and streams: success on standard output with 0, bad usage on standard error with 2.

use std::process::{Command, Output};

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().expect("xtask starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_shows_every_command_on_standard_output() {
    for arguments in [&["help"][..], &["--help"][..]] {
        let output = xtask(arguments);
        assert_eq!(output.status.code(), Some(0));
        let shown = text(&output.stdout);
        for command in ["run", "serve", "test", "bench", "chaos", "ci", "arch", "export", "import", "doctor"] {
            assert!(shown.lines().any(|line| line.trim_start().starts_with(command)), "no {command} in {shown}");
        }
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn bad_usage_is_2_and_speaks_on_standard_error() {
    for (arguments, named) in [
        (&[][..], "Usage"),
        (&["lauch"][..], "lauch"),
        (&["run", "--agents", "0"][..], "--agents"),
        (&["run", "--agents", "3", "--slots", "2"][..], "--slots 2"),
        (&["chaos", "nothing"][..], "nothing"),
        (&["arch", "--only", "nothing"][..], "`nothing`"),
        (&["ci", "--only", "nothing"][..], "`nothing`"),
        (&["doctor", "nothing"][..], "`nothing`"),
        (&["test", "--only", "nothing"][..], "nothing"),
        (&["test", "--only", "chaos", "--composition", "memory"][..], "--only chaos"),
    ] {
        let output = xtask(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(named), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn json_on_standard_output_is_alone_there() {
    let output = xtask(&["doctor", "rustc", "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(found["tools"][0]["name"], "rustc");
    assert!(text(&output.stderr).contains("rustc"), "people read standard error then");
}

#[test]
fn a_json_file_that_cannot_be_written_is_a_failure() {
    let output = xtask(&["doctor", "rustc", "--json", "no-such-folder/found.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no-such-folder/found.json"), "{}", text(&output.stderr));
}
