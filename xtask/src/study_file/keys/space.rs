//! The keys of parameters, of their conditions, and of objectives.

use super::root::DIRECTIONS;
use super::{Key, Kind, Need};

/// The kinds of parameters.
const PARAMETER_KINDS: &[&str] = &["float", "int", "choice", "bool"];

/// One of several objectives.
pub(super) const OBJECTIVE: &[Key] = &[
    Key { name: "name", kind: Kind::Text, need: Need::Required, about: "What it is called in the report." },
    Key {
        name: "direction",
        kind: Kind::Word(DIRECTIONS),
        need: Need::Default("\"maximize\""),
        about: "Whether larger values of it are better, or smaller ones.",
    },
];

/// A parameter.
pub(super) const PARAMETER: &[Key] = &[
    Key {
        name: "kind",
        kind: Kind::Word(PARAMETER_KINDS),
        need: Need::Required,
        about: "`float` and `int` have bounds, `choice` has options, `bool` is false or true.",
    },
    Key {
        name: "low",
        kind: Kind::Number,
        need: Need::Otherwise("it is needed for `float` and `int`"),
        about: "The smallest value of a `float` or an `int`.",
    },
    Key {
        name: "high",
        kind: Kind::Number,
        need: Need::Otherwise("it is needed for `float` and `int`"),
        about: "The largest value of a `float` or an `int`.",
    },
    Key {
        name: "log",
        kind: Kind::Switch,
        need: Need::Default("false"),
        about: "Whether equal ratios, and not equal differences, count as equally far, as for a learning rate.",
    },
    Key {
        name: "step",
        kind: Kind::Number,
        need: Need::Otherwise("an `int` goes by 1, and a `float` takes every number between its bounds"),
        about: "The distance from one value to the next, counted from `low`.",
    },
    Key {
        name: "options",
        kind: Kind::Texts,
        need: Need::Otherwise("it is needed for `choice`"),
        about: "The words of a `choice`, two or more.",
    },
    Key {
        name: "when",
        kind: Kind::Table(WHEN),
        need: Need::Otherwise("it is there always"),
        about: "When the parameter is there at all: when another one has some value.",
    },
];

/// The keys of a parameter that only `float` and `int` have.
#[cfg(feature = "app")]
pub(in crate::study_file) const FLOAT: &[&str] = &["low", "high", "log", "step"];

/// When a parameter is there.
const WHEN: &[Key] = &[
    Key { name: "param", kind: Kind::Text, need: Need::Required, about: "The other parameter." },
    Key {
        name: "equals",
        kind: Kind::Scalar,
        need: Need::Otherwise("`any` has the values"),
        about: "The value of the other parameter with which this one is there.",
    },
    Key {
        name: "any",
        kind: Kind::Scalars,
        need: Need::Otherwise("`equals` has the value"),
        about: "Several such values.",
    },
];
