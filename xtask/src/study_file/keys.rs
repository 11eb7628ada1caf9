//! What a study file may say: every key with its kind, its default and its meaning.
//!
//! This table is the only place that knows. The reader takes from it what is allowed, the JSON Schema is made of it, and
//! a test holds the template against it. It stands in the light binary too, so it names nothing of the crate `mabeam`;
//! where the two know the same names, a test compares them.

mod exec;
mod root;
mod schedule;
mod space;
mod team;

pub(super) use root::ROOT;
#[cfg(feature = "app")]
pub(super) use schedule::SCHEDULE_KINDS;
#[cfg(feature = "app")]
pub(super) use space::FLOAT;

/// The largest whole number that every reader of JSON and of the log keeps exact.
const LARGEST: i64 = 1 << 53;

/// One key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    /// What it means, in sentences; without its default.
    pub(super) about: &'static str,
}

/// Whether a key has to be there, and what holds if it is not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    Required,
    /// This, as it would be written.
    Default(&'static str),
    /// What is so then, in words.
    Otherwise(&'static str),
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The name of a study: letters, digits, `_` and `-`, at most 64 bytes.
    StudyName,
    Text,
    Switch,
    /// A whole number within these bounds.
    Integer(i64, i64),
    /// A whole or fractional number.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, at least one.
    Words(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of whole numbers from this one on, at least one.
    Integers(i64),
    /// A number with a unit of time: `90s`, `5m`, `1h30m`.
    Duration,
    /// A number with a unit of size: `512MiB`.
    Size,
    /// A number, a word or a switch: the value of a parameter.
    Scalar,
    /// A list of those.
    Scalars,
    /// A program and its arguments: one line, or a list of words.
    Command,
    /// A table of texts under any names.
    Environment,
    /// A table of anything, which is read elsewhere.
    Settings,
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables, each with these keys.
    Tables(&'static [Key]),
    /// A list of tables of parameters' values.
    ListOfValues,
    /// A table of tables under names of the writer's choice, each with these keys.
    Named(&'static [Key]),
}

#[cfg(test)]
pub(super) mod tests;
