//! Names that reach disk, wire or a screen stand in one place each.

use std::collections::BTreeMap;

use super::Outcome;
use crate::arch::tree::{File, Tree};
use crate::failure::Failure;

/// Where every metric's name stands.
const METRICS: &str = "crates/foundation-core/src/telemetry/names.rs";
/// Where every error's code stands.
const CODES: &str = "crates/foundation-core/src/error/code.rs";

pub(super) fn metrics(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let crate_names: Vec<String> = tree.crates.keys().map(|name| name.replace('-', "_")).collect();
    let is_metric = |text: &str| {
        let fits = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let is_ours = text.starts_with("foundation_") || text.starts_with("mabeam_");
        is_ours && fits(text) && !crate_names.iter().any(|name| name == text)
    };
    let mut declared: BTreeMap<&str, usize> = BTreeMap::new();
    for file in own_code(tree) {
        let source = file.source.without_tests();
        for (line, text) in source.literals.iter().filter(|(_, text)| is_metric(text)) {
            if file.path != METRICS {
                outcome.find(&file.path, *line, format!("metric `{text}` is named here and not in {METRICS} alone"));
            }
        }
    }
    for (line, text) in tree.files().filter(|file| file.path == METRICS).flat_map(|file| &file.source.literals) {
        if is_metric(text)
            && let Some(first) = declared.insert(text, *line)
        {
            outcome.find(METRICS, *line, format!("metric `{text}` stands on line {first} already"));
        }
    }
    outcome.notes.push(format!("{} metrics", declared.len()));
    Ok(())
}

pub(super) fn events(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let mut declared: BTreeMap<String, (&str, usize)> = BTreeMap::new();
    for file in own_code(tree).filter(|file| file.path.ends_with("/event.rs")) {
        for (line, name) in types_of(file) {
            if let Some((other, first)) = declared.insert(name.clone(), (&file.path, line)) {
                outcome.find(&file.path, line, format!("event type `{name}` stands in {other}:{first} already"));
            }
        }
    }
    for file in own_code(tree) {
        let source = file.source.without_tests();
        for (line, text) in &source.literals {
            match declared.get(text) {
                Some((home, _)) if *home != file.path => {
                    outcome.find(
                        &file.path,
                        *line,
                        format!("event type `{text}` is named here and not in {home} alone"),
                    );
                }
                _ => {}
            }
        }
        // A type that is made from a literal on the spot has no place in a table.
        for (line, text) in source.code.lines().enumerate() {
            let compact: String = text.split_whitespace().collect();
            if compact.contains("EventType::new(\"\"") {
                outcome.find(
                    &file.path,
                    line + 1,
                    "an event type is made from a literal: put it into a table `TYPES` of an event.rs",
                );
            }
        }
    }
    outcome.notes.push(format!("{} event types", declared.len()));
    Ok(())
}

/// The literals of the tables `TYPES` of a file, with their lines.
fn types_of(file: &File) -> Vec<(usize, String)> {
    let source = file.source.without_tests();
    let mut found = Vec::new();
    let mut lines = source.code.lines().enumerate();
    while let Some((first, text)) = lines.next() {
        if !text.contains("TYPES:") {
            continue;
        }
        let last = if text.contains(';') && text.contains("];") {
            first
        } else {
            lines.by_ref().find(|(_, text)| text.contains("];")).map_or(first, |(at, _)| at)
        };
        let inside = |line: usize| (first + 1..=last + 1).contains(&line);
        found.extend(source.literals.iter().filter(|(line, _)| inside(*line)).cloned());
    }
    found
}

pub(super) fn errors(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let Some(table) = tree.files().find(|file| file.path == CODES) else {
        outcome.find(CODES, 1, "the table of error codes is missing");
        return Ok(());
    };
    let rows: Vec<(usize, &str, &str)> = table
        .text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| code_row(line).map(|(n, name)| (at + 1, n, name)))
        .collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, number, name) in &rows {
        for key in [number, name] {
            if let Some(first) = seen.insert(key, *line) {
                outcome.find(CODES, *line, format!("`{key}` stands on line {first} already"));
            }
        }
    }
    for file in own_code(tree).filter(|file| file.path != CODES) {
        let source = file.source.without_tests();
        for (line, text) in source.literals.iter().filter(|(_, text)| rows.iter().any(|(_, _, name)| name == text)) {
            // A snake-case word may have another meaning elsewhere; beside `Code` it has none.
            let is_code = source.code.lines().nth(line - 1).is_some_and(|line| line.contains("Code"));
            if is_code {
                outcome.find(&file.path, *line, format!("error code `{text}` is named here and not in {CODES} alone"));
            }
        }
        for line in source.lines_with("codes! {") {
            outcome.find(&file.path, line, format!("a second table of error codes; the one is {CODES}"));
        }
    }
    outcome.notes.push(format!("{} error codes", rows.len()));
    Ok(())
}

/// Number and name of a row of the table: `1201 InvalidConfiguration "invalid_configuration" …`.
fn code_row(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let number = words.next().filter(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))?;
    let name = words.nth(1)?.strip_prefix('"')?.strip_suffix('"')?;
    Some((number, name))
}

/// Code that goes into what people run: no tests, no suites of tests, and not this crate, whose checks name what they
/// look for.
fn own_code(tree: &Tree) -> impl Iterator<Item = &File> {
    let is_apart = |path: &str| path.starts_with("xtask/") || path.starts_with("crates/foundation-testkit/");
    tree.files().filter(move |file| !file.is_test && !is_apart(&file.path))
}
