//! What each manifest takes from the root, and what no feature may switch on.

use std::collections::BTreeMap;

use super::{Outcome, PLANTED, UNSAFE};
use crate::arch::tree::{Crate, Manifest, Tree};
use crate::failure::Failure;

/// What every package takes from the root.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

pub(super) fn inherit(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for (name, krate) in &tree.crates {
        let manifest = &krate.manifest;
        let folder = krate.folder.rsplit('/').next().unwrap_or_default();
        if folder != name {
            outcome.find(
                &manifest.path,
                manifest.line_of("name"),
                format!("crate {name} lies in a folder named {folder}"),
            );
        }
        let package = manifest.table.get("package");
        for key in INHERITED {
            if !package.and_then(|package| package.get(key)).is_some_and(takes_from_root) {
                outcome.find(&manifest.path, manifest.line_of(key), format!("write `{key}.workspace = true`"));
            }
        }
        if package.and_then(|package| package.get("description")).is_none() {
            outcome.find(&manifest.path, manifest.line_of("[package]"), "a package says in `description` what it is");
        }
        if name == UNSAFE {
            own_lints(tree, manifest, outcome)?;
        } else if !manifest.table.get("lints").is_some_and(takes_from_root) {
            let line = manifest.line_of("[lints]");
            outcome.find(&manifest.path, line, "write `[lints]` with `workspace = true`");
        }
        for (section, dependency) in declared(manifest) {
            if !takes_from_root(dependency.1) {
                outcome.find(
                    &manifest.path,
                    manifest.line_of(dependency.0),
                    format!("{section}: write `{}.workspace = true`, and the version in the root", dependency.0),
                );
            }
        }
    }
    Ok(())
}

/// The lints of the crate with unsafe code: the root's, `unsafe_code` as `deny`, so that a module may say why it needs it,
/// and two more about each unsafe block.
fn own_lints(tree: &Tree, manifest: &Manifest, outcome: &mut Outcome) -> Result<(), Failure> {
    let Some(text) = tree.text("Cargo.toml")? else { return Ok(()) };
    let root: toml::Table = text.parse().map_err(|error| Failure::new(format!("read Cargo.toml: {error}")))?;
    let levels = |lints: Option<&toml::Value>| {
        let groups = lints.and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let of_group = |(group, lints): (String, toml::Value)| {
            let lints = lints.as_table().cloned().unwrap_or_default();
            lints.into_iter().map(move |(lint, level)| (format!("{group}: {lint}"), level))
        };
        groups.into_iter().flat_map(of_group).collect::<BTreeMap<_, _>>()
    };
    let mut wanted = levels(root.get("workspace").and_then(|workspace| workspace.get("lints")));
    for lint in ["rust: unsafe_code", "rust: unsafe_op_in_unsafe_fn", "clippy: undocumented_unsafe_blocks"] {
        wanted.insert(lint.to_owned(), toml::Value::String("deny".to_owned()));
    }
    let has = levels(manifest.table.get("lints"));
    for (lint, level) in wanted.iter().filter(|(lint, level)| has.get(*lint) != Some(level)) {
        let line = manifest.line_of("[lints");
        outcome.find(
            &manifest.path,
            line,
            format!("lints.{lint} is not {level}, as the root's lints or safety want it"),
        );
    }
    Ok(())
}

/// Every entry of the dependency tables, those of targets included.
fn declared(manifest: &Manifest) -> Vec<(&'static str, (&str, &toml::Value))> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.table.get("target").and_then(toml::Value::as_table);
    let places = std::iter::once(&manifest.table)
        .chain(targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table));
    let mut found = Vec::new();
    for place in places {
        for section in SECTIONS {
            let entries = place.get(section).and_then(toml::Value::as_table);
            found.extend(entries.into_iter().flatten().map(|(name, value)| (section, (name.as_str(), value))));
        }
    }
    found
}

fn takes_from_root(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}

pub(super) fn planted_bugs(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for krate in tree.crates.values() {
        features_that_plant(krate, outcome);
        dependencies_that_plant(krate, outcome);
    }
    if let Some(text) = tree.text("Cargo.toml")? {
        let root: toml::Table = text.parse().map_err(|error| Failure::new(format!("read Cargo.toml: {error}")))?;
        let shared = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        for (name, value) in shared.and_then(toml::Value::as_table).into_iter().flatten() {
            if asks_for_planted(value) {
                let line = text.lines().position(|line| line.starts_with(name.as_str())).map_or(1, |at| at + 1);
                outcome.find("Cargo.toml", line, format!("{name} is built with planted bugs everywhere"));
            }
        }
    }
    Ok(())
}

/// A feature may switch planted bugs on only if it is called so itself.
fn features_that_plant(krate: &Crate, outcome: &mut Outcome) {
    let features = krate.manifest.table.get("features").and_then(toml::Value::as_table);
    for (feature, switches_on) in features.into_iter().flatten().filter(|(feature, _)| *feature != PLANTED) {
        let plants = switches_on.as_array().into_iter().flatten().filter_map(toml::Value::as_str).any(|other| {
            // `planted-bugs`, `crate/planted-bugs`, `crate?/planted-bugs`
            other.rsplit('/').next() == Some(PLANTED)
        });
        if plants {
            outcome.find(
                &krate.manifest.path,
                krate.manifest.line_of(feature),
                format!("feature `{feature}` switches planted bugs on; only a feature called `{PLANTED}` may"),
            );
        }
    }
}

fn dependencies_that_plant(krate: &Crate, outcome: &mut Outcome) {
    for (section, (name, value)) in declared(&krate.manifest) {
        if section != "dev-dependencies" && asks_for_planted(value) {
            outcome.find(
                &krate.manifest.path,
                krate.manifest.line_of(name),
                format!("{name} is built with planted bugs in every build of this crate"),
            );
        }
    }
}

fn asks_for_planted(dependency: &toml::Value) -> bool {
    let features = dependency.get("features").and_then(toml::Value::as_array);
    features.into_iter().flatten().any(|feature| feature.as_str() == Some(PLANTED))
}
