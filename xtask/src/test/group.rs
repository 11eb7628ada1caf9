//! The groups of tests, and how a test's group is known.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::source::Source;
use crate::workspace;

/// A group of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Of a module, beside it.
    Unit,
    /// Of a law, on many inputs: what stands in a `proptest!`.
    Property,
    /// Of a port, on an adapter: what a contract suite of foundation-testkit checks.
    Contract,
    /// Of a crate, from outside.
    Integration,
    /// Supervision trees on ours and on Erlang/OTP, where each has to do what the other does.
    Differential,
    /// Unsafe code in every interleaving, run by a model checker, and with each of its orderings taken away.
    Model,
    /// Reliability experiments at seconds' size, plain and with their planted bugs.
    Chaos,
    /// The examples in the documentation.
    Doc,
}

impl Group {
    /// Every group, in the order of the report.
    pub(crate) const ALL: [Self; 8] = [
        Self::Unit,
        Self::Property,
        Self::Contract,
        Self::Integration,
        Self::Differential,
        Self::Model,
        Self::Chaos,
        Self::Doc,
    ];

    /// Whether its tests are cargo's. The others are commands of this tree.
    pub(crate) fn is_cargos(self) -> bool {
        !matches!(self, Self::Differential | Self::Model | Self::Chaos)
    }

    /// What it is called, on the command line too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Property => "property",
            Self::Contract => "contract",
            Self::Integration => "integration",
            Self::Differential => "differential",
            Self::Model => "model",
            Self::Chaos => "chaos",
            Self::Doc => "doc",
        }
    }
}

/// What marks a test as one of a group, found in the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The functions that stand in a `proptest!`.
    pub(crate) properties: BTreeSet<String>,
    /// The modules of integration tests that run a contract suite, as the beginnings of test names: `key_value::`.
    pub(crate) contracts: BTreeSet<String>,
    /// The group of every test of a run that is of one group as a whole.
    pub(crate) every: Option<Group>,
}

/// What the path of a test that checks a contract may have in it, wherever it stands.
pub(crate) const CONTRACT: &str = "contract";

impl Marks {
    /// Looks through the sources of the tree.
    pub(crate) fn find(root: &Path) -> Result<Self, Failure> {
        let mut marks = Self::default();
        for folder in ["crates", "examples", "xtask"] {
            for path in workspace::rust_files(&root.join(folder), &|_| true)? {
                let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
                let source = Source::scan(&text);
                marks.properties.extend(source.functions_in("proptest!"));
                if source.code.contains("_contract!") {
                    marks.contracts.extend(module_of(&path));
                }
            }
        }
        Ok(marks)
    }

    /// The group of a test that cargo ran.
    pub(crate) fn group_of(&self, name: &str, target: Target) -> Group {
        if let Some(group) = self.every {
            return group;
        }
        let function = name.rsplit("::").next().unwrap_or(name);
        let runs_suite = target == Target::Integration && self.contracts.iter().any(|module| name.starts_with(module));
        match target {
            Target::Doc => Group::Doc,
            _ if runs_suite || name.contains(CONTRACT) => Group::Contract,
            _ if self.properties.contains(function) => Group::Property,
            Target::Unit => Group::Unit,
            Target::Integration => Group::Integration,
        }
    }
}

/// The beginning of the names of the tests in a file: `tests/it/key_value/durable.rs` has `key_value::durable::`. None
/// for a root, whose tests are in no module, and for what is no integration test.
fn module_of(path: &Path) -> Option<String> {
    let mut parts = path.iter().map(|part| part.to_string_lossy()).skip_while(|part| part != "tests").skip(1);
    let below_root = parts.by_ref().skip(1).map(|part| part.trim_end_matches(".rs").to_owned()).collect::<Vec<_>>();
    match below_root.as_slice() {
        [] => None,
        [root] if root == "main" => None,
        modules => Some(format!("{}::", modules.join("::"))),
    }
}

/// What cargo ran a test from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A library or a binary.
    Unit,
    /// A file under `tests/`.
    Integration,
    /// The documentation.
    Doc,
}

#[cfg(test)]
mod tests;
