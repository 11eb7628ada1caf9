//! A resource in memory behind its highest token.

use std::fmt;

use parking_lot::Mutex;

use super::Token;
use crate::error::{Code, Error, Result};

/// A resource that only the latest holder of a lock reaches: every use names a token, and one that is older than the
/// highest seen is refused.
///
/// The check and the use are one step, so what was admitted is done before a later holder is admitted. It says nothing
/// to a holder that was overtaken until that one comes again.
pub struct Guarded<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    highest: Token,
    resource: T,
}

impl<T> Guarded<T> {
    /// Guards a resource that nobody has used.
    #[must_use]
    pub fn new(resource: T) -> Self {
        Self::after(Token::from(0), resource)
    }

    /// Guards a resource that was used with tokens up to `highest`: what was kept over a restart.
    #[must_use]
    pub fn after(highest: Token, resource: T) -> Self {
        Self { state: Mutex::new(State { highest, resource }) }
    }

    /// The highest token that was admitted.
    #[must_use]
    pub fn highest(&self) -> Token {
        self.state.lock().highest
    }

    /// Uses the resource. Others wait meanwhile, so `work` should be short.
    ///
    /// # Errors
    /// `Fenced` where a higher token was here before; `work` is not done then.
    pub fn with<R>(&self, token: Token, work: impl FnOnce(&mut T) -> R) -> Result<R> {
        let mut state = self.state.lock();
        if is_older(token, state.highest) {
            return Err(fenced(token, state.highest));
        }
        state.highest = state.highest.max(token);
        Ok(work(&mut state.resource))
    }
}

/// Whether a token has been overtaken.
pub(super) fn is_older(token: Token, highest: Token) -> bool {
    #[cfg(feature = "planted-bugs")]
    if crate::planted::is(crate::planted::Bug::TokenUnchecked) {
        return false;
    }
    token < highest
}

pub(super) fn fenced(token: Token, highest: Token) -> Error {
    Error::new(Code::Fenced, format!("use what is guarded with {token}: a holder with {highest} was here before"))
}

impl<T> fmt::Debug for Guarded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("highest", &self.highest()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
