//! The Python client against the real server, with workers and servers that are killed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// Python, if this machine has one that is new enough.
#[expect(clippy::print_stdout, reason = "the runner of the tests counts these lines")]
fn python() -> Option<Command> {
    let script = "import sys; sys.exit(sys.version_info < (3, 9))";
    let found = Command::new("python3").args(["-c", script]).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        let mut python = Command::new("python3");
        python.current_dir(client()).env("PYTHONPATH", "src").env("PYTHONDONTWRITEBYTECODE", "1");
        return Some(python);
    }
    println!("SKIPPED: the Python client — there is no python3 of 3.9 or later — install it and run the tests again");
    None
}

fn client() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/python")
}

/// A program that is killed, without a word, with the test.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let input = child.stdin.take();
        Self { child, output, input }
    }

    /// A script of the client's tests.
    fn script(arguments: &[&str]) -> Self {
        Self::start(python().expect("it was there before").args(arguments))
    }

    /// The next line, as JSON.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it can be read");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in `{line}`"))
    }

    /// Ends it as the machine's loss would: at once, whatever it does.
    fn kill_hard(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits for its end and answers what it says until then.
    fn rest(mut self) -> String {
        drop(self.input.take());
        let mut text = String::new();
        self.output.read_to_string(&mut text).expect("it can be read");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}: {text}");
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server and its address.
fn serve(folder: &Path, at: &str) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mabeam"));
    command.args(["serve", "--http", at, "--json", "-", "--until-stdin-ends", "--data"]).arg(folder);
    let mut server = Running::start(command.stderr(Stdio::null()));
    let mut text = String::new();
    while !text.ends_with("}\n") {
        let read = server.output.read_line(&mut text).expect("it can be read");
        assert!(read > 0, "the server ended: {text}");
    }
    let said: Value = serde_json::from_str(&text).expect("JSON");
    let url = said["url"].as_str().expect("an address").to_owned();
    (server, url)
}

#[test]
fn the_clients_own_tests_pass() {
    let Some(mut python) = python() else { return };
    let run = python.args(["-m", "unittest", "discover", "-t", ".", "-s", "tests"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("Ran ") && !said.contains("Ran 0 tests"), "{said}");
}

/// A worker is killed with a trial in its hands, then the server under the other worker; nothing is lost or doubled.
#[test]
fn killed_workers_and_servers_cost_no_trial() {
    if python().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (server, url) = serve(folder.path(), "127.0.0.1:0");
    let address = url.strip_prefix("http://").expect("an address").to_owned();
    Running::script(&["tests/worker.py", "open", &url]).rest();

    let mut first = Running::script(&["tests/worker.py", "hold", &url]);
    let held = first.line();
    first.kill_hard();

    let mut second = Running::script(&["tests/worker.py", "work", &url]);
    let mut measured = Vec::new();
    loop {
        let line = second.line();
        if line["paused"] == true {
            break;
        }
        measured.push(line);
    }
    server.kill_hard();
    let (server, again) = serve(folder.path(), &address);
    assert_eq!(again, url);
    second.input.as_mut().expect("it is open").write_all(b"go on\n").expect("it reads");
    let rest = second.rest();
    let mut told = Value::Null;
    for line in rest.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        if line["told"].is_null() { measured.push(line) } else { told = line["told"].clone() }
    }
    assert_eq!(told, 10, "{rest}");

    let numbers: Vec<u64> = measured.iter().map(|line| line["trial"].as_u64().expect("a number")).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..10).collect::<Vec<u64>>(), "each trial is measured once: {numbers:?}");
    let taken_over = measured.iter().find(|line| line["trial"] == held["trial"]).expect("somebody measured it");
    assert_eq!(taken_over["params"], held["params"], "the same trial, the same parameters");

    let shown: Value = serde_json::from_str(&Running::script(&["tests/worker.py", "show", &url]).rest()).expect("JSON");
    assert_eq!((&shown["finished"], &shown["counts"]["completed"]), (&Value::Bool(true), &Value::from(10)));
    for line in &measured {
        let trial = &shown["trials"][line["trial"].as_u64().expect("a number") as usize];
        let x = line["params"]["x"].as_f64().expect("a number");
        assert_eq!(trial["params"], line["params"]);
        assert!(trial["value"].as_f64().is_some_and(|value| (value - (x - 0.3).powi(2)).abs() < 1e-12), "{trial}");
    }
    server.rest();
}

/// One call starts the server, tunes with two workers that are stopped early, and ends it; a second call finds the
/// study again and measures nothing.
#[test]
fn one_call_does_everything() {
    let Some(mut python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    python.args(["tests/one_call.py"]).arg(folder.path()).env("MABEAM_BIN", env!("CARGO_BIN_EXE_mabeam"));
    let mut found = Vec::new();
    for _ in 0..2 {
        let run = python.output().expect("it starts");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        found.push(serde_json::from_slice::<Value>(&run.stdout).expect("JSON"));
    }
    let counts = &found[0]["counts"];
    let count = |state: &str| counts[state].as_u64().expect("a count");
    assert_eq!(count("completed") + count("stopped"), 40, "{counts}");
    assert!(count("stopped") > 10 && count("completed") > 1, "{counts}");
    assert!(found[0]["best"].as_f64().is_some_and(|best| best > 0.9), "{}", found[0]);
    assert_eq!(found[0], found[1]);
}
