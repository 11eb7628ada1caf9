//! The table of invariants. A line of docs/architecture.md names each by its id, and the check `documented` sees to it.

mod dependencies;
mod documents;
mod manifests;
mod names;
mod references;
mod sources;

use super::Finding;
use super::tree::Tree;
use crate::failure::Failure;

/// One invariant.
pub(crate) struct Check {
    /// What docs/architecture.md and `--only` call it.
    pub(crate) id: &'static str,
    /// What holds where it passes.
    pub(crate) holds: &'static str,
    pub(crate) run: fn(&Tree, &mut Outcome) -> Result<(), Failure>,
}

/// What a check found.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Figures worth showing where it passes too.
    pub(crate) notes: Vec<String>,
    /// The places that break it.
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    fn find(&mut self, file: &str, line: usize, message: impl Into<String>) {
        self.findings.push(Finding { file: file.to_owned(), line, message: message.into() });
    }
}

/// The crates that hold the domain: they know ports, no adapter and no engine.
const DOMAIN: [&str; 3] = ["foundation-core", "foundation-infra", "mabeam"];
/// The one crate with unsafe code, which a model checker runs in every interleaving.
const UNSAFE: &str = "foundation-oneshot";
/// The feature behind which planted bugs live.
const PLANTED: &str = "planted-bugs";

/// Every check, in the order in which they run.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "edges",
        holds: "crates depend on each other only along the edges of the hexagon",
        run: dependencies::edges,
    },
    Check {
        id: "engines",
        holds: "no domain crate depends on an adapter or an engine, also not through another crate",
        run: dependencies::engines,
    },
    Check { id: "tokio", holds: "the domain names tokio in one module only", run: sources::tokio },
    Check {
        id: "ports-only",
        holds: "the domain reads no clock, sleeps, spawns or draws chance except through ports",
        run: sources::ports_only,
    },
    Check {
        id: "apart-from-studies",
        holds: "markets, votes, variables and agents know nothing of studies",
        run: sources::apart_from_studies,
    },
    Check { id: "module-docs", holds: "every module says what it is for", run: sources::module_docs },
    Check {
        id: "no-unsafe",
        holds: "one small crate, which is model-checked, has unsafe code, and no other can",
        run: sources::no_unsafe,
    },
    Check {
        id: "manifests",
        holds: "every crate takes lints, licence, edition and versions from the root",
        run: manifests::inherit,
    },
    Check { id: "file-size", holds: "files stay small", run: sources::file_size },
    Check { id: "honest-tests", holds: "no test is ignored, expects a panic or sleeps", run: sources::honest_tests },
    Check { id: "metric-names", holds: "a metric's name stands in one place", run: names::metrics },
    Check { id: "event-types", holds: "an event's type stands in one place", run: names::events },
    Check { id: "error-codes", holds: "an error's code stands in one place, once", run: names::errors },
    Check { id: "planted-bugs", holds: "no ordinary build has a planted bug", run: manifests::planted_bugs },
    Check {
        id: "documented",
        holds: "docs/architecture.md and these checks name the same invariants",
        run: documents::invariants,
    },
    Check {
        id: "guarantees",
        holds: "every guarantee of docs/semantics.md names a test that exists",
        run: documents::guarantees,
    },
];
