//! How a page names a test, and whether that test is there.
//!
//! - `foundation-core::it process::mail::overflow_*`: of the crate's integration tests, all whose names begin so;
//! - `foundation-core process::mailbox::tests::counts`: of its unit tests;
//! - `links::ends_run_along_a_chain`: of any crate, where the path ends so;
//! - `crates/foundation-core/tests/it/main.rs::name`: in that file;
//! - `cargo xtask chaos kill9`: a command of ours.

use crate::arch::tree::{File, Tree};
use crate::cli;

/// The tests of the tree.
pub(super) struct Tests<'a> {
    tests: Vec<Test<'a>>,
    /// The cases of the contract suites, by name.
    cases: Vec<&'a str>,
}

struct Test<'a> {
    krate: &'a str,
    is_integration: bool,
    file: &'a str,
    /// Modules and name. Of a module that runs a suite, one entry stands for all cases: the name is `*`.
    path: Vec<String>,
}

impl<'a> Tests<'a> {
    pub(super) fn find(tree: &'a Tree) -> Self {
        let mut found = Self { tests: Vec::new(), cases: Vec::new() };
        for (krate, folder, file) in
            tree.crates.iter().flat_map(|(name, krate)| krate.files.iter().map(move |file| (name, &krate.folder, file)))
        {
            let below = file.path.strip_prefix(folder.as_str()).unwrap_or_default().trim_start_matches('/');
            let is_integration = below.starts_with("tests/");
            let modules = modules_of(below);
            let mut add = |name: &str| {
                let path = modules.iter().cloned().chain([name.to_owned()]).collect();
                found.tests.push(Test { krate, is_integration, file: &file.path, path });
            };
            test_functions(file).into_iter().for_each(&mut add);
            if is_integration && file.source.code.contains("_contract!") {
                add("*");
            }
            if file.path.starts_with("crates/foundation-testkit/src/") {
                found.cases.extend(file.source.code.lines().filter_map(|line| function_name(line.trim())));
            }
        }
        found
    }

    /// Whether a reference leads somewhere, or why not.
    pub(super) fn resolve(&self, reference: &str) -> Result<(), String> {
        if let Some(command) = reference.strip_prefix("cargo xtask ") {
            let name = command.split(' ').next().unwrap_or_default();
            return if cli::is_command(name) { Ok(()) } else { Err(format!("there is no command {name}")) };
        }
        let (krate, path) = match reference.split_once(' ') {
            Some((krate, path)) => (Some(krate), path),
            None => (None, reference),
        };
        let wanted: Vec<&str> = path.split("::").collect();
        let (place, wanted) = match wanted.split_first() {
            Some((file, names)) if file.ends_with(".rs") => (Some(*file), names.to_vec()),
            _ => (None, wanted),
        };
        let is_there = self.tests.iter().any(|test| {
            let in_crate = krate.is_none_or(|krate| match krate.strip_suffix("::it") {
                Some(name) => test.krate == name && test.is_integration,
                None => test.krate == krate && !test.is_integration,
            });
            in_crate && place.is_none_or(|place| test.file == place) && self.ends_with(test, &wanted)
        });
        let is_case = krate.is_none() && place.is_none() && matches!(wanted[..], [name] if self.cases.contains(&name));
        if is_there || is_case { Ok(()) } else { Err("there is no such test".to_owned()) }
    }

    /// Whether the path of a test ends with `wanted`, whose last part may end with `*`.
    fn ends_with(&self, test: &Test<'_>, wanted: &[&str]) -> bool {
        let (Some((name, modules)), Some((test_name, test_modules))) = (wanted.split_last(), test.path.split_last())
        else {
            return false;
        };
        let fits = |candidate: &str| match name.strip_suffix('*') {
            Some(beginning) => candidate.starts_with(beginning),
            None => candidate == *name,
        };
        let name_fits = if test_name == "*" { self.cases.iter().any(|case| fits(case)) } else { fits(test_name) };
        let modules_fit = test_modules.len() >= modules.len()
            && test_modules[test_modules.len() - modules.len()..]
                .iter()
                .zip(modules)
                .all(|(left, right)| left == right);
        name_fits && modules_fit
    }
}

/// The modules of a file, by its path in its crate: `tests/it/process/mail.rs` is `process::mail`, and
/// `src/process/tests.rs` is `process::tests`. Tests that stand in the file of their code are in a module `tests` of it.
fn modules_of(path: &str) -> Vec<String> {
    let without_ending = path.trim_end_matches(".rs");
    let (is_integration, below) = match without_ending.strip_prefix("tests/") {
        Some(below) => (true, below.split_once('/').map_or("", |(_, below)| below)),
        None => (false, without_ending.strip_prefix("src/").unwrap_or(without_ending)),
    };
    let mut modules: Vec<String> = below.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if modules.last().is_some_and(|last| last == "main" || last == "lib") {
        modules.pop();
    }
    if !is_integration && !modules.iter().any(|module| module == "tests") {
        modules.push("tests".to_owned());
    }
    modules
}

fn test_functions(file: &File) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_marked = false;
    for line in file.source.code.lines().map(str::trim) {
        if let Some(name) = function_name(line) {
            if is_marked || line.starts_with("#[test]") {
                names.push(name);
            }
            is_marked = false;
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_marked = true;
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

#[cfg(test)]
mod tests;
