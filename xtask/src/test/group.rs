//! The groups of tests, and how a test's group is known.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde::Serialize;

/// A group of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Of a module, beside it.
    Unit,
    /// Of a law, on many inputs: what stands in a `proptest!`.
    Property,
    /// Of a port, on an adapter: what has `contract` in its path.
    Contract,
    /// Of a crate, from outside.
    Integration,
    /// Reliability experiments at seconds' size, plain and with their planted bugs.
    Chaos,
    /// The examples in the documentation.
    Doc,
}

impl Group {
    /// Every group, in the order of the report.
    pub(crate) const ALL: [Self; 6] =
        [Self::Unit, Self::Property, Self::Contract, Self::Integration, Self::Chaos, Self::Doc];

    /// What it is called, on the command line too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Property => "property",
            Self::Contract => "contract",
            Self::Integration => "integration",
            Self::Chaos => "chaos",
            Self::Doc => "doc",
        }
    }

    /// The group of a test that cargo ran.
    pub(crate) fn of(name: &str, target: Target, properties: &BTreeSet<String>) -> Self {
        let function = name.rsplit("::").next().unwrap_or(name);
        match target {
            Target::Doc => Self::Doc,
            _ if name.contains(CONTRACT) => Self::Contract,
            _ if properties.contains(function) => Self::Property,
            Target::Unit => Self::Unit,
            Target::Integration => Self::Integration,
        }
    }
}

/// What the path of a test that runs a contract suite has in it.
pub(crate) const CONTRACT: &str = "contract";

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
