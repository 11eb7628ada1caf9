//! Constraints: what the parameters of a trial have to keep among each other, as in `hidden * layers <= 1024`.
//!
//! The language is small and its own, because the crates for it either carry a licence that this project does not take
//! in, call the system's mathematical library, or are many times what is needed. A text is cut into words (`token`),
//! read into a tree (`parse`), checked against the parameters (`kind`), and computed for a trial (`evaluate`).

mod evaluate;
mod kind;
mod parse;
mod token;
mod tree;

use std::fmt;
use std::ops::Range;

use super::parameter::Parameter;
use super::params::Params;
use tree::Node;

/// The longest text that is read, in bytes; it bounds the depth of the tree.
const LONGEST: usize = 1_000;

/// A condition on the parameters of a trial.
///
/// - Numbers: `+ - * / %`, and comparisons `< <= > >= == !=`, in a chain too: `16 <= hidden * layers <= 1024`.
/// - Words and switches: `act == "relu"`, `not bias`; `and`, `or` and `not` may be written `&&`, `||` and `!`.
/// - A name that is no word stands in backquotes: `` `learning-rate` < 0.1 ``.
///
/// All numbers are double-precision ones, so that a whole number is exact up to 2^53; nothing rounds to whole numbers,
/// and a comparison with what is no number (`0 / 0`) is false. What hangs on a parameter that is not there is
/// unknown: an `and` with it can still be false, an `or` with it still true, and a constraint that stays unknown is
/// kept.
#[derive(Clone)]
pub struct Constraint {
    text: String,
    tree: Node,
}

/// Why a text is no constraint, or none on these parameters, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintError {
    /// Where the fault lies, in bytes of the text.
    pub at: Range<usize>,
    /// What is wrong there.
    pub what: String,
    /// The name that no parameter has, if that is the fault.
    pub unknown: Option<String>,
}

impl ConstraintError {
    fn new(at: Range<usize>, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), unknown: None }
    }
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)
    }
}

impl std::error::Error for ConstraintError {}

impl Constraint {
    /// Reads `text`, not yet knowing any parameters.
    ///
    /// # Errors
    /// The first place that cannot be read.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > LONGEST {
            let what = format!("the constraint has {} bytes; at most {LONGEST} are read", text.len());
            return Err(ConstraintError::new(0..text.len(), what));
        }
        Ok(Self { text: text.to_owned(), tree: parse::parse(text)? })
    }

    /// Checks that it can be asked of these parameters: its names are theirs, numbers are compared with numbers and
    /// words with words that the parameter may have, and the whole is true or false.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check(&self, parameters: &[Parameter]) -> Result<(), ConstraintError> {
        kind::check(&self.tree, parameters)
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether `params` keep it; what stays unknown for want of a parameter is kept.
    #[must_use]
    pub fn holds(&self, params: &Params) -> bool {
        evaluate::truth(&self.tree, params) != Some(false)
    }
}

/// The same text is the same constraint.
impl PartialEq for Constraint {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Constraint({:?})", self.text)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
