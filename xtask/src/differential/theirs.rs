//! Runs scenarios on Erlang's own supervisors: one `escript` for all of them.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::scenario::Scenario;
use super::trace::{Class, Event, Trace, What};
use crate::failure::Failure;

/// The Erlang side.
const PROGRAM: &str = include_str!("otp.escript");

/// An `escript` at work, in a folder of its own that goes with it.
#[derive(Debug)]
pub(super) struct Otp {
    child: Child,
    folder: PathBuf,
}

impl Otp {
    /// Starts it on these scenarios.
    ///
    /// # Errors
    /// When files cannot be written or there is no Erlang.
    pub(super) fn start(scenarios: &[Scenario]) -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("foundation-differential-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make the folder", &folder, &error))?;
        let terms: String = scenarios.iter().map(Scenario::term).collect();
        for (name, text) in [("otp.escript", PROGRAM), ("trees", &terms)] {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        }
        let child = Command::new("escript")
            .args(["otp.escript", "trees", "traces"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Failure::new(format!("start escript: {error}")).advise("cargo xtask doctor --install erlang")
            })?;
        Ok(Self { child, folder })
    }

    /// Waits for its end and reads what it found, by scenario.
    ///
    /// # Errors
    /// When it failed, or a tree that waits for the clock was too slow to mean anything.
    pub(super) fn finish(self) -> Result<BTreeMap<u32, Trace>, Failure> {
        let Self { child, folder } = self;
        let output = child.wait_with_output().map_err(|error| Failure::new(format!("wait for escript: {error}")))?;
        let read = read_if_done(&output, &folder.join("traces"));
        // What is left behind lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&folder);
        parse(&read?)
    }
}

fn read_if_done(output: &std::process::Output, traces: &Path) -> Result<String, Failure> {
    if !output.status.success() {
        let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).trim().to_owned());
        return Err(Failure::new(format!("the Erlang side ended with {}: {}", output.status, said.join("\n"))));
    }
    std::fs::read_to_string(traces).map_err(|error| Failure::io("read", traces, &error))
}

/// Reads the lines that `otp.escript` describes.
fn parse(text: &str) -> Result<BTreeMap<u32, Trace>, Failure> {
    let mut traces: BTreeMap<u32, Trace> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let odd = || Failure::new(format!("the Erlang side wrote a line that means nothing: {line}"));
        let number = |word: &str| word.parse::<u32>().map_err(|_| odd());
        let id = |word: &str| word.parse().map_err(|_| odd());
        match words.as_slice() {
            [tree, "done"] => drop(traces.entry(number(tree)?).or_default()),
            [tree, "late"] => {
                return Err(Failure::new(format!("tree {tree} took too long on Erlang for its intensity windows"))
                    .advise("try again when the machine has less to do"));
            }
            [tree, step, supervisor, child, life, rest @ ..] => {
                let what = what(rest).ok_or_else(odd)?;
                let event = Event { step: number(step)?, child: id(child)?, life: number(life)?, what };
                let supervisor = if *supervisor == "top" { None } else { Some(id(supervisor)?) };
                traces.entry(number(tree)?).or_default().push(supervisor, event);
            }
            _ => return Err(odd()),
        }
    }
    Ok(traces)
}

fn what(words: &[&str]) -> Option<What> {
    match words {
        ["starts"] => Some(What::Starts),
        ["fails"] => Some(What::Fails),
        ["ignores"] => Some(What::Ignores),
        [class, farewell] => {
            let class = Class::ALL.iter().copied().find(|known| known.word() == *class)?;
            Some(What::Ended { class, farewell: *farewell == "1" })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
