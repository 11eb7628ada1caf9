//! One error type for every port and service, from one table of codes.
//!
//! An [`Error`] is for the person who gets it: what failed, on what, and what to do. A program decides by its
//! [`Code`]: the code's [`Category`] comes from its thousands, its [`Transience`] says whether trying again can
//! help, and both are the same wherever the code is met. The number and the name of a code reach disk and wire and
//! never change; a new condition gets a new code.
//!
//! Errors of sending to a process are apart (`process::SendError` and its kin), because they give the message back.

mod code;

use std::error::Error as StdError;
use std::fmt;

pub use code::{Category, Code, Transience};

/// The result of a port or a service.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed, on what, and what to do.
///
/// `Display` is one line: code, what failed and the advice. The cause is in [`source`](StdError::source) and is not
/// repeated in it.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    code: Code,
    what: String,
    advice: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of kind `code`; `what` says what was tried, on what, and how it failed ("append to stream
    /// `study.digits`: head is 7, expected 5"), lower case, no full stop.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self { inner: Box::new(Inner { code, what: what.into(), advice: None, source: None }) }
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Replaces the code's general advice by one that knows the case.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.inner.advice = Some(advice.into());
        self
    }

    /// Puts the operation that met this error in front: `"resume study digits: …"`.
    #[must_use]
    pub fn during(mut self, operation: impl fmt::Display) -> Self {
        self.inner.what = format!("{operation}: {}", self.inner.what);
        self
    }

    /// The kind of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        self.inner.code
    }

    /// What failed, without code and advice.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.inner.what
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &str {
        self.inner.advice.as_deref().unwrap_or_else(|| self.inner.code.advice())
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.inner.code.transience() == Transience::Transient
    }

    /// The whole chain of causes on one line, for logs.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {} ({})", self.inner.code.number(), self.inner.what, self.advice())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.inner.code)
            .field("what", &self.inner.what)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests;
