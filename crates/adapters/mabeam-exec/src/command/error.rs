//! What is wrong with a command, and where.

use std::fmt;

use foundation_core::{Code, Error};

/// A command that cannot be read, with the place of the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    column: usize,
    word: Option<usize>,
    what: String,
    advice: String,
}

impl CommandError {
    pub(super) fn at(column: usize, word: Option<usize>, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { column, word, what: what.into(), advice: advice.into() }
    }

    /// Where the mistake is, counted in characters from 1: in the line, or in its word where the command was given as
    /// words.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The word with the mistake, counted from 1, where the command was given as words.
    #[must_use]
    pub fn word(&self) -> Option<usize> {
        self.word
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word {
            Some(word) => write!(f, "the command, word {word}, column {}: {}", self.column, self.what),
            None => write!(f, "the command, column {}: {}", self.column, self.what),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        Self::new(Code::InvalidConfiguration, error.to_string()).advise(error.advice)
    }
}
