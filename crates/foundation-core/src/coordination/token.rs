//! Fencing tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::port::storage::Revision;

/// A number that rises from holder to holder of one lock.
///
/// It is the revision of the holder's first write, so it rises over all locks of a bucket. Tokens of two buckets cannot
/// be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(u64);

impl Token {
    pub(crate) fn of(revision: Revision) -> Self {
        Self(revision.0)
    }

    /// The token as a number, for a resource that keeps it in its own way.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for Token {
    /// The token that a resource was told of as a number.
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {}", self.0)
    }
}
