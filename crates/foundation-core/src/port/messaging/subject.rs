//! Subjects and the patterns that match them.

use std::fmt;

use super::super::name::{check, check_dotted, name_type};
use crate::error::{Code, Error, Result};

name_type! {
    /// What a message is about: parts between dots, of letters, digits, `_` and `-`, at most 200 bytes.
    Subject, "subject", 200, "_-.", check_dotted
}

name_type! {
    /// A work group: letters, digits, `_` and `-`, at most 64 bytes.
    GroupName, "group name", 64, "_-", check
}

/// Subjects by pattern: `*` stands for one part, `>` at the end for one or more.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SubjectPattern(std::sync::Arc<str>);

impl SubjectPattern {
    /// Checks and takes a pattern; a plain subject is one.
    ///
    /// # Errors
    /// `InvalidInput` where it is no subject but for `*` and a last `>`.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        check_dotted("subject pattern", text, Subject::MAX_BYTES, "_-.*>")?;
        let mut parts = text.split('.').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let allowed = match part {
                "*" => true,
                ">" => is_last,
                word => !word.contains(['*', '>']),
            };
            if !allowed {
                return Err(Error::new(
                    Code::InvalidInput,
                    format!("subject pattern `{text}`: `*` stands alone between dots, `>` alone at the end"),
                ));
            }
        }
        Ok(Self(text.into()))
    }

    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `subject` matches.
    #[must_use]
    pub fn matches(&self, subject: &Subject) -> bool {
        let mut wanted = self.0.split('.');
        let mut given = subject.as_str().split('.');
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(">"), Some(_)) => return true,
                (Some("*"), Some(_)) => {}
                (Some(word), Some(part)) if word == part => {}
                _ => return false,
            }
        }
    }
}

impl From<&Subject> for SubjectPattern {
    fn from(subject: &Subject) -> Self {
        Self(subject.as_str().into())
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests;
