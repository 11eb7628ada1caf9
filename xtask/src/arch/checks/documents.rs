//! What the pages under docs/ say about the code.

use std::collections::{BTreeMap, BTreeSet};

use super::{CHECKS, Outcome};
use crate::arch::tree::Tree;
use crate::failure::Failure;

const ARCHITECTURE: &str = "docs/architecture.md";
const SEMANTICS: &str = "docs/semantics.md";
/// How a line that states an invariant begins; the id of its check follows in backquotes.
const MARK: &str = "**Invariant**";

pub(super) fn invariants(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let Some(text) = tree.text(ARCHITECTURE)? else {
        outcome.find(ARCHITECTURE, 1, "the page is missing");
        return Ok(());
    };
    let mut stated: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some(after) = line.trim_start().strip_prefix(MARK) else { continue };
        match backquoted(after).next() {
            Some(id) if CHECKS.iter().any(|check| check.id == id) => {
                stated.insert(id, at + 1);
            }
            Some(id) => outcome.find(ARCHITECTURE, at + 1, format!("no check is called `{id}`")),
            None => outcome.find(ARCHITECTURE, at + 1, "an invariant without the id of its check in backquotes"),
        }
    }
    for check in CHECKS.iter().filter(|check| !stated.contains_key(check.id)) {
        outcome.find(ARCHITECTURE, 1, format!("no line `{MARK} (`{}`)` states: {}", check.id, check.holds));
    }
    Ok(())
}

pub(super) fn guarantees(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let Some(text) = tree.text(SEMANTICS)? else {
        outcome.find(SEMANTICS, 1, "the page is missing");
        return Ok(());
    };
    let tests = test_names(tree);
    let mut test_column = None;
    let mut n_rows = 0;
    for (at, line) in text.lines().enumerate() {
        if !line.trim_start().starts_with('|') {
            test_column = None;
            continue;
        }
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let Some(column) = test_column else {
            test_column = Some(cells.iter().position(|cell| cell.to_lowercase().contains("test")));
            continue;
        };
        let is_rule = cells.iter().all(|cell| cell.bytes().all(|b| matches!(b, b'-' | b':' | b' ')));
        let (Some(column), false) = (column, is_rule) else { continue };
        n_rows += 1;
        let named: Vec<&str> = cells.get(column).into_iter().flat_map(|cell| backquoted(cell)).collect();
        if named.is_empty() {
            outcome.find(SEMANTICS, at + 1, "a guarantee that names no test");
        }
        for name in named {
            if let Err(why) = exists(name, &tests, tree) {
                outcome.find(SEMANTICS, at + 1, format!("`{name}`: {why}"));
            }
        }
    }
    if n_rows == 0 {
        outcome.find(SEMANTICS, 1, "no table with a column of tests");
    }
    outcome.notes.push(format!("{n_rows} guarantees"));
    Ok(())
}

/// Whether a row's reference leads somewhere: a command of ours, `path/to/file.rs::name`, or `any::path::name`.
fn exists(reference: &str, tests: &BTreeMap<&str, BTreeSet<&str>>, tree: &Tree) -> Result<(), String> {
    if reference.starts_with("cargo xtask ") {
        return Ok(());
    }
    let (place, name) = reference.rsplit_once("::").unwrap_or(("", reference));
    let Some(files) = tests.get(name) else { return Err(format!("no test is called {name}")) };
    if !place.contains('/') {
        return Ok(());
    }
    if !tree.files().any(|file| file.path == place) {
        return Err(format!("there is no file {place}"));
    }
    if !files.contains(place) {
        let others: Vec<&str> = files.iter().copied().collect();
        return Err(format!("{place} has no test {name}; {} has", others.join(", ")));
    }
    Ok(())
}

/// Every test by name, with the files it stands in; the functions of the contract suites count, for adapters run them.
fn test_names(tree: &Tree) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in tree.files() {
        let is_suite = file.path.starts_with("crates/foundation-testkit/src/");
        let mut is_marked = false;
        for line in file.source.code.lines().map(str::trim) {
            if let Some(name) = function_name(line) {
                if is_marked || is_suite {
                    names.entry(name).or_default().insert(&file.path);
                }
                is_marked = false;
            } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_marked = true;
            }
        }
    }
    names
}

/// The name of the function that a line begins to define.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_definition = before
        .split_whitespace()
        .all(|word| matches!(word, "async" | "const") || word.starts_with("pub") || word.starts_with("#["));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (is_definition && !name.is_empty()).then_some(name)
}

fn backquoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
