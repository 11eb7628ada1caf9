//! What stands in the sources, and how much of it.

use super::{DOMAIN, Outcome, UNSAFE};
use crate::arch::tree::{File, Tree};
use crate::failure::Failure;
use crate::source::Source;

/// The one module of the domain that names tokio.
const TOKIO_MODULE: &str = "crates/foundation-core/src/spawner_tokio.rs";

/// The one lock whose waiters step aside by themselves: what a clock says is nothing to it, and nobody waits in it where
/// there is one thread, as in a simulation.
const LOCK: (&str, &str) = ("crates/foundation-core/src/process/short_lock.rs", "thread::park_timeout");

/// What the domain must not call, and the port that does it.
const BY_PORT: [(&str, &str); 20] = [
    ("Instant::now", "time comes from the Clock port"),
    ("SystemTime::now", "time comes from the Clock port"),
    ("UNIX_EPOCH", "time comes from the Clock port"),
    ("jiff", "time comes from the Clock port"),
    ("thread::sleep", "waiting goes through the Clock port"),
    ("thread::park_timeout", "waiting goes through the Clock port"),
    ("thread::spawn", "work starts through the Spawner port"),
    ("thread::scope", "work starts through the Spawner port"),
    ("thread::Builder", "work starts through the Spawner port"),
    ("rand::", "chance comes from the Entropy port or a RandomStream"),
    ("thread_rng", "chance comes from the Entropy port or a RandomStream"),
    ("getrandom", "chance comes from the Entropy port or a RandomStream"),
    ("from_os_rng", "chance comes from the Entropy port or a RandomStream"),
    ("RandomState", "chance comes from the Entropy port or a RandomStream"),
    ("Uuid::new_v4", "chance comes from the Entropy port or a RandomStream"),
    ("Uuid::now_v7", "chance comes from the Entropy port or a RandomStream"),
    ("std::fs", "data is stored through the storage ports"),
    ("std::net", "messages go through the Messaging port"),
    ("std::process", "programs are started by a composition"),
    ("std::env", "settings come from the composition"),
];

pub(super) fn tokio(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for (file, source) in domain_sources(tree).filter(|(file, _)| file.path != TOKIO_MODULE) {
        // `crate::spawner_tokio` and `TokioHandle` are other words than `tokio`.
        for line in source.lines_with("tokio") {
            outcome.find(&file.path, line, format!("tokio is named here and not in {TOKIO_MODULE} alone"));
        }
    }
    Ok(())
}

pub(super) fn ports_only(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for (file, source) in domain_sources(tree).filter(|(file, _)| file.path != TOKIO_MODULE) {
        for (pattern, instead) in BY_PORT.into_iter().filter(|(pattern, _)| LOCK != (&file.path, pattern)) {
            for line in source.lines_with(pattern) {
                outcome.find(&file.path, line, format!("`{pattern}` in the domain: {instead}"));
            }
        }
    }
    Ok(())
}

/// What of mabeam stands by itself; studies use it, and not the other way round.
const APART: [&str; 4] = ["market", "coordination", "variable", "agent"];

pub(super) fn apart_from_studies(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let is_apart = |path: &str| {
        let inside = path.strip_prefix("crates/mabeam/src/").unwrap_or_default();
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        APART.contains(&module)
    };
    for (file, source) in domain_sources(tree).filter(|(file, _)| is_apart(&file.path)) {
        for line in source.lines_with("study") {
            outcome.find(&file.path, line, "it knows of studies; let `study` know of it instead");
        }
    }
    Ok(())
}

/// The domain's own code: without its tests.
fn domain_sources(tree: &Tree) -> impl Iterator<Item = (&File, Source)> {
    let crates = DOMAIN.into_iter().filter_map(|name| tree.crates.get(name));
    crates.flat_map(|krate| &krate.files).filter(|file| !file.is_test).map(|file| (file, file.source.without_tests()))
}

pub(super) fn module_docs(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for file in tree.files().filter(|file| !file.path.ends_with("/tests.rs")) {
        let first = file.text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//!")) {
            outcome.find(&file.path, 1, "begin with `//!` and say what the module is for");
        }
    }
    Ok(())
}

pub(super) fn no_unsafe(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for file in tree.crates.iter().filter(|(name, _)| *name != UNSAFE).flat_map(|(_, krate)| &krate.files) {
        for line in file.source.lines_with("unsafe") {
            outcome.find(&file.path, line, format!("unsafe code; only {UNSAFE} has any"));
        }
    }
    if let Some(krate) = tree.crates.get(UNSAFE) {
        let is_modelled = |file: &File| file.is_test && !file.source.lines_with("loom::model").is_empty();
        if !krate.files.iter().any(is_modelled) {
            outcome.find(&krate.manifest.path, 1, "unsafe code without a test that calls `loom::model`");
        }
    }
    let Some(text) = tree.text("Cargo.toml")? else { return Ok(()) };
    let root: toml::Table = text.parse().map_err(|error| Failure::new(format!("read Cargo.toml: {error}")))?;
    let lints = root.get("workspace").and_then(|workspace| workspace.get("lints"));
    let level = lints.and_then(|lints| lints.get("rust")).and_then(|rust| rust.get("unsafe_code"));
    if level.and_then(toml::Value::as_str) != Some("forbid") {
        let line = text.lines().position(|line| line.starts_with("unsafe_code")).map_or(1, |at| at + 1);
        outcome.find("Cargo.toml", line, "write `unsafe_code = \"forbid\"` under `[workspace.lints.rust]`");
    }
    Ok(())
}

/// The most lines of a file: of half of them, of nine in ten, of each that is no test.
const MEDIAN_LINES: usize = 200;
const P90_LINES: usize = 450;
const MOST_LINES: usize = 800;

pub(super) fn file_size(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    let mut sizes: Vec<(usize, &File)> = tree.files().map(|file| (file.text.lines().count(), file)).collect();
    sizes.sort_by_key(|(n_lines, _)| *n_lines);
    let Some((largest, largest_file)) = sizes.last().copied() else { return Ok(()) };
    // The smallest size that at least this part of the files does not exceed.
    let quantile = |tenths: usize| sizes[(sizes.len() * tenths).div_ceil(10).saturating_sub(1)];
    let (median, p90) = (quantile(5), quantile(9));
    outcome.notes.push(format!(
        "{} files: median {} lines, 90 % up to {}, largest {largest} ({})",
        sizes.len(),
        median.0,
        p90.0,
        largest_file.path
    ));
    for (what, (n_lines, file), limit) in [("median", median, MEDIAN_LINES), ("90th percentile", p90, P90_LINES)] {
        if n_lines > limit {
            outcome.find(&file.path, n_lines, format!("the {what} is {n_lines} lines, more than {limit}; split some"));
        }
    }
    for (n_lines, file) in sizes.into_iter().filter(|(n_lines, file)| *n_lines > MOST_LINES && !file.is_test) {
        outcome.find(&file.path, n_lines, format!("{n_lines} lines, more than {MOST_LINES}; split it"));
    }
    Ok(())
}

pub(super) fn honest_tests(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    const SHAMS: [(&str, &str); 2] = [
        ("should_panic", "assert what happens instead of expecting any panic"),
        ("assert!(true", "a test that cannot fail"),
    ];
    const SLEEPS: [&str; 3] = ["thread::sleep", "tokio::time::sleep", "park_timeout"];
    for file in tree.files() {
        for (pattern, why) in SHAMS {
            for line in file.source.lines_with(pattern) {
                outcome.find(&file.path, line, format!("`{pattern}`: {why}"));
            }
        }
        let is_test = file.is_test || file.path.starts_with("crates/foundation-testkit/");
        let untested = file.source.without_tests();
        for pattern in SLEEPS {
            // Outside of tests an adapter may sleep; the domain may not, which `ports-only` sees to.
            let elsewhere = if is_test { Vec::new() } else { untested.lines_with(pattern) };
            for line in file.source.lines_with(pattern).into_iter().filter(|line| !elsewhere.contains(line)) {
                let why = "a test that sleeps is slow or fails by chance: own the clock";
                outcome.find(&file.path, line, format!("`{pattern}`: {why}"));
            }
        }
        let attributes = file.source.code.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#["));
        for (at, line) in attributes {
            let compact: String = line.split_whitespace().collect();
            if compact.contains("#[ignore") || (compact.contains("#[cfg_attr(") && compact.contains(",ignore")) {
                outcome.find(
                    &file.path,
                    at + 1,
                    "`#[ignore]`: a test that never runs; delete it, or make it skip loudly",
                );
            }
        }
    }
    Ok(())
}
