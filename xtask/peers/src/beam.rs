//! The peer `beam`: Erlang in a program of its own that lives as long as the run and does a round when it is asked.
//!
//! It has as many schedulers as there are workers here, and its default settings otherwise. Between rounds it waits for
//! a line, so it is never at work while a Rust variant is; a pause after each of its rounds lets its schedulers end
//! their busy waiting.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::idle::resident;

const SOURCE: &str = include_str!("beam/runtime_bench.erl");
const FLAGS: [&str; 6] = ["+S", "2:2", "+P", "4000000", "+Q", "65536"];
/// Longer than a scheduler with default settings spins for work.
const PAUSE: Duration = Duration::from_millis(20);

/// A running BEAM.
#[derive(Debug)]
pub(crate) struct Beam {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pid: String,
    /// Its release and kind of emulator, as it names them.
    pub(crate) version: String,
}

impl Beam {
    /// The rows that it has.
    pub(crate) fn has(row: &str) -> bool {
        // Its mailboxes have no bound.
        !row.starts_with("cast_bounded")
    }

    /// Compiles the module into `folder` and starts it.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("make {}: {error}", folder.display()))?;
        let source = folder.join("runtime_bench.erl");
        std::fs::write(&source, SOURCE).map_err(|error| format!("write {}: {error}", source.display()))?;
        let compiled = Command::new("erlc").arg("-o").arg(folder).arg(&source).output();
        let compiled = compiled.map_err(|error| format!("start erlc: {error}"))?;
        if !compiled.status.success() {
            return Err(format!("erlc: {}", String::from_utf8_lossy(&compiled.stdout).trim()));
        }
        let mut child = Command::new("erl")
            .args(FLAGS)
            .args(["-noshell", "-pa"])
            .arg(folder)
            .args(["-s", "runtime_bench", "main"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("start erl: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("start erl: it has no pipes".to_owned());
        };
        let mut beam =
            Self { child, input, output: BufReader::new(output), pid: String::new(), version: String::new() };
        let hello = beam.line()?;
        match hello.split(' ').collect::<Vec<_>>()[..] {
            ["ready", pid, release, emulator] => {
                beam.pid = pid.to_owned();
                beam.version = format!("OTP {release} ({emulator})");
                Ok(beam)
            }
            _ => Err(format!("erl said `{hello}`")),
        }
    }

    /// One round; its figure in the row's unit.
    pub(crate) fn round(&mut self, row: &str, n: u64) -> Result<f64, String> {
        writeln!(self.input, "{row} {n}").map_err(|error| format!("ask the BEAM for {row}: {error}"))?;
        let answer = self.line()?;
        std::thread::sleep(PAUSE);
        let figure = answer.strip_prefix("ok ").and_then(|figure| figure.parse().ok());
        figure.ok_or_else(|| format!("the BEAM says to {row}: {answer}"))
    }

    /// What `n` idle processes cost in all, in a BEAM that has done nothing else.
    pub(crate) fn idle(folder: &Path, n: u64) -> Result<u64, String> {
        let mut beam = Self::start(folder)?;
        beam.round("idle", 100)?;
        let before = resident(&beam.pid)?;
        beam.round("idle", n)?;
        Ok(resident(&beam.pid)?.saturating_sub(before))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("the BEAM has ended".to_owned()),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(format!("read what the BEAM says: {error}")),
        }
    }
}

impl Drop for Beam {
    /// It ends by itself when its input does; a round that hangs is not waited for.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
