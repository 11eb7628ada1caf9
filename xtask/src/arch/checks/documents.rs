//! What the pages under docs/ say about the code.

use std::collections::BTreeMap;

use super::references::Tests;
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
    let tests = Tests::find(tree);
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
            if let Err(why) = tests.resolve(name) {
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

fn backquoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
