//! What a guard says on its socket, spoken by hand.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::world::{GUARD, PROBE};

struct Guard {
    child: Child,
    socket: BufReader<UnixStream>,
}

impl Guard {
    fn start() -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut command = Command::new(GUARD);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        Self { child, socket: BufReader::new(ours) }
    }

    fn say(&mut self, line: &Value) {
        writeln!(self.socket.get_mut(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.socket.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or(Value::Null)
    }
}

fn run(program: &str, arguments: &[&str]) -> Value {
    let limits = json!({ "wall": null, "cpu": null, "memory": null, "address_space": null, "output": 1 });
    let grace = json!({ "secs": 60, "nanos": 0 });
    let run = json!({
        "program": program, "arguments": arguments, "directory": null, "environment": [], "limits": limits,
        "grace": grace
    });
    json!({ "version": 1, "task": { "run": run } })
}

#[test]
fn an_order_of_a_newer_version_is_refused() {
    for order in [json!({ "version": 2, "task": "dance" }), json!({ "task": "hello" })] {
        let mut guard = Guard::start();
        guard.say(&order);
        let said = guard.hear();
        assert!(said["refused"]["reason"].as_str().unwrap().contains("version 1"), "{said}");
        assert!(guard.child.wait().unwrap().success());
    }
}

#[test]
fn a_program_that_is_not_there_is_refused() {
    let mut guard = Guard::start();
    guard.say(&run("/no/such/program", &[]));
    let said = guard.hear();
    assert!(said["refused"]["reason"].as_str().unwrap().contains("/no/such/program"), "{said}");
}

#[test]
fn how_a_program_ended_is_told_once_everyone_is_gone() {
    let mut guard = Guard::start();
    guard.say(&run(PROBE, &["fail", "9", "x", "y"]));
    assert!(guard.hear()["started"]["process"].as_i64().unwrap() > 0);
    let ended = guard.hear();
    assert_eq!((&ended["ended"]["how"], &ended["ended"]["cause"]), (&json!({ "exited": 9 }), &Value::Null));
    assert_eq!(guard.hear(), Value::Null);
}

/// The state of a process, as the kernel calls it.
#[cfg(target_os = "linux")]
fn state(process: i64) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1[..1].to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_is_held_and_goes_on() {
    let mut guard = Guard::start();
    guard.say(&run(PROBE, &["hang"]));
    let process = guard.hear()["started"]["process"].as_i64().unwrap();
    guard.say(&json!("hold"));
    while state(process) != "T" {
        std::thread::yield_now();
    }
    // Two words at once are two words.
    write!(guard.socket.get_mut(), "\"go_on\"\n\"hold\"\n\"go_on\"\n").unwrap();
    while state(process) == "T" {
        std::thread::yield_now();
    }
    guard.say(&json!("hold"));
    guard.say(&json!("stop"));
    let ended = guard.hear();
    assert_eq!((&ended["ended"]["how"], &ended["ended"]["cause"]), (&json!({ "killed": 15 }), &json!("asked")));
}

#[test]
fn who_types_it_is_told_that_there_is_nothing_to_type() {
    for arguments in [&[][..], &["launch"], &["what"]] {
        let output = Command::new(GUARD).args(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("nothing to type"));
    }
}
