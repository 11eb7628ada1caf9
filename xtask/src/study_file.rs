//! A study as a file: TOML, in which every mistake is told at once, each with its line, its column and what to write.
//!
//! Reading goes in steps. The text becomes a tree of values with their places; a broken line is told and passed over,
//! so that it does not hide the others (`read`). The tree is held against the table of keys (`keys`, `grammar`). Then
//! come the things that hang on several keys: the search space with its conditions and constraints (`space`), known
//! configurations (`enqueue`), the team, the schedule and the commands (`team`, `schedule`, `command`). What is left
//! is a [`StudyFile`], plain data that knows no process. The same table of keys gives the JSON Schema (`schema`), by
//! which editors complete and check, and what `new-study` writes (`template`) is held against it by tests.
//!
//! # What a broken line can hide
//! Behind a text or a list that is never closed TOML has no next line, so what follows it cannot be told from its
//! content. And as a missing key may stand in a line that could not be read, missing keys are told only where every
//! line can be.

mod keys;
pub mod schema;
pub mod template;

#[cfg(feature = "app")]
mod command;
#[cfg(feature = "app")]
mod data;
#[cfg(feature = "app")]
mod enqueue;
#[cfg(feature = "app")]
mod grammar;
#[cfg(feature = "app")]
mod problem;
#[cfg(feature = "app")]
mod read;
#[cfg(feature = "app")]
mod schedule;
#[cfg(feature = "app")]
mod section;
#[cfg(feature = "app")]
mod space;
#[cfg(feature = "app")]
mod team;
#[cfg(feature = "app")]
mod units;
#[cfg(feature = "app")]
mod value;

#[cfg(feature = "app")]
pub use data::{CommandText, Critics, Exec, Goal, StudyFile};
#[cfg(feature = "app")]
pub use problem::{Problem, Severity};
#[cfg(feature = "app")]
pub use read::{load, parse};

#[cfg(all(test, feature = "app"))]
mod tests;
