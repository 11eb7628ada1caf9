//! What must not stand in the tree's files.

use std::path::Path;
use std::process::Command;

use super::Verdict;
use crate::failure::Failure;
use crate::workspace;

/// A README that is longer is not read.
const README_LINES: usize = 120;

/// The README is short.
pub(super) fn readme() -> Result<Verdict, Failure> {
    let path = workspace::root()?.join("README.md");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let n_lines = text.lines().count();
    if n_lines > README_LINES {
        return Err(Failure::new(format!("README.md has {n_lines} lines, more than {README_LINES}"))
            .advise("move what is not for a first reader to docs/"));
    }
    Ok(Verdict::Passed)
}

/// No file that git tracks names a folder of the machine it was written on, or a host of a package registry.
pub(super) fn traces() -> Result<Verdict, Failure> {
    let root = workspace::root()?;
    let mut found = Vec::new();
    for path in tracked(&root)? {
        // Cargo writes the lock files, and names the registry in them.
        if path == "Cargo.lock" || path.ends_with("/Cargo.lock") {
            continue;
        }
        // What is no text, or was deleted and not committed yet, has no lines to look at.
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        let here = root.to_string_lossy();
        for (at, line) in text.lines().enumerate() {
            found.extend(trace(line, &here).map(|what| format!("{path}:{}: {what}", at + 1)));
        }
    }
    if found.is_empty() {
        return Ok(Verdict::Passed);
    }
    Err(Failure::new(format!("traces of a machine:\n  {}", found.join("\n  ")))
        .advise("name files relative to the root, and leave registries to cargo and pip"))
}

fn tracked(root: &Path) -> Result<Vec<String>, Failure> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root)
        .output()
        .map_err(|error| Failure::new(format!("start git: {error}")).advise("install git"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::new(format!("git ls-files: {said}")).advise("run it in a clone"));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// What a line gives away, if anything.
fn trace(line: &str, here: &str) -> Option<String> {
    // Put together from parts, so that this file does not hold what it looks for.
    let folders = ["home", "root", "Users", "work", "farm", "workspace"];
    let folder = folders.into_iter().find(|folder| {
        let start = format!("/{folder}/");
        line.match_indices(&start).any(|(at, _)| is_absolute(line, at, start.len()))
    });
    if let Some(folder) = folder {
        return Some(format!("a path below `/{folder}`"));
    }
    // A root such as `/src` is part of many other paths; one with two parts or more is not.
    if here.matches('/').count() > 1 && line.contains(here) {
        return Some("the folder of this checkout".to_owned());
    }
    let hosts = [["crates", "io"], ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["golang", "org"]];
    let host = hosts.into_iter().map(|parts| parts.join(".")).find(|host| line.contains(host.as_str()));
    host.map(|host| format!("the registry host `{host}`"))
}

/// Whether the `/` at `at` begins a path and a name follows the folder: `see /x/y`, not `a/x/y`, `.x/x/` or a bare `/x/`.
fn is_absolute(line: &str, at: usize, length: usize) -> bool {
    let before = line[..at].chars().next_back();
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '}' | ')' | '/' | '~' | '$');
    let after = line[at + length..].chars().next();
    !before.is_some_and(goes_on) && after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests;
