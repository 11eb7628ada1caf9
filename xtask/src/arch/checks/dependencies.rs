//! Who depends on whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{DOMAIN, Outcome};
use crate::arch::tree::{Crate, Tree};
use crate::failure::Failure;

/// Packages that store, cache, serve or export; each belongs behind a port.
const ENGINES: [&str; 11] = [
    "sled",
    "fjall",
    "redb",
    "rocksdb",
    "moka",
    "async-nats",
    "axum",
    "hyper",
    "metrics-exporter-prometheus",
    "prometheus",
    "parquet",
];
/// Crates that every test may use.
const FOR_TESTS: [&str; 3] = ["foundation-testkit", "foundation-memory", "foundation-nats-server"];

pub(super) fn edges(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for (name, krate) in &tree.crates {
        for dependency in krate.dependencies.iter().filter(|dependency| tree.crates.contains_key(&dependency.name)) {
            let to = dependency.name.as_str();
            let is_for_tests = dependency.kind.as_deref() == Some("dev") && FOR_TESTS.contains(&to);
            if !is_for_tests && !is_allowed(name, krate, to, tree) {
                let kind = dependency.kind.as_deref().map_or(String::new(), |kind| format!(" ({kind})"));
                let line = krate.manifest.line_of(to);
                outcome.find(
                    &krate.manifest.path,
                    line,
                    format!(
                        "{name} → {to}{kind} is no edge of the hexagon: oneshot ← core ← infra ← mabeam, adapter → core"
                    ),
                );
            }
        }
    }
    Ok(())
}

fn is_allowed(from: &str, krate: &Crate, to: &str, tree: &Tree) -> bool {
    let to_adapter = tree.crates.get(to).is_some_and(Crate::is_adapter);
    match from {
        "foundation-core" => to == "foundation-oneshot",
        "foundation-infra" => to == "foundation-core",
        // The suites run in the virtual world, which lives in foundation-memory.
        "foundation-testkit" => matches!(to, "foundation-core" | "foundation-memory"),
        "mabeam" => matches!(to, "foundation-core" | "foundation-infra"),
        "foundation" => to_adapter || matches!(to, "foundation-core" | "foundation-infra"),
        "foundation-http" => matches!(to, "foundation-core" | "mabeam"),
        "xtask" => true,
        // What serves the tuner: programs as objectives, tables to simulate on.
        _ if krate.is_adapter() && from.starts_with("mabeam-") => matches!(to, "foundation-core" | "mabeam"),
        _ if krate.is_adapter() => to == "foundation-core",
        _ if krate.folder.starts_with("examples/") => to != "xtask",
        _ => false,
    }
}

pub(super) fn engines(tree: &Tree, outcome: &mut Outcome) -> Result<(), Failure> {
    for name in DOMAIN {
        let Some(krate) = tree.crates.get(name) else { continue };
        let mut ways: Vec<(&str, Vec<&str>)> = reached(tree, krate, None)
            .into_iter()
            .filter(|(package, _)| {
                ENGINES.contains(package) || tree.crates.get(*package).is_some_and(Crate::is_adapter)
            })
            .collect();
        // tokio comes with foundation-core, where one module names it; it must not come in by another way.
        if name != "foundation-core" {
            ways.extend(reached(tree, krate, Some("foundation-core")).remove_entry("tokio"));
        }
        for (package, way) in ways {
            let line = krate.manifest.line_of(way.get(1).unwrap_or(&package));
            outcome.find(&krate.manifest.path, line, format!("{name} must not reach {package}: {}", way.join(" → ")));
        }
    }
    Ok(())
}

/// Every package that a build of `krate` holds, with a shortest way there; `barrier` is entered but not passed.
fn reached<'a>(tree: &'a Tree, krate: &'a Crate, barrier: Option<&str>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let name_of = |id: &str| tree.packages.get(id).map(|package| package.name.as_str());
    let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let start = name_of(&krate.id).unwrap_or_default();
    let mut waiting = VecDeque::from([(krate.id.as_str(), vec![start])]);
    let mut seen = BTreeSet::from([krate.id.as_str()]);
    while let Some((id, way)) = waiting.pop_front() {
        if barrier.is_some() && name_of(id) == barrier {
            continue;
        }
        for dependency in tree.resolved.get(id).into_iter().flatten().filter(|edge| edge.is_built_in()) {
            let Some(name) = name_of(&dependency.pkg) else { continue };
            if seen.insert(dependency.pkg.as_str()) {
                let mut further = way.clone();
                further.push(name);
                ways.entry(name).or_insert_with(|| further.clone());
                waiting.push_back((dependency.pkg.as_str(), further));
            }
        }
    }
    ways
}
