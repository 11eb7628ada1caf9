//! The secret that a request must bring.

use std::fmt;

use foundation_core::{Code, Error};

/// The fewest characters of a token.
const SHORTEST: usize = 16;

/// A bearer token. Only its hash is kept, and comparing takes the same time whatever is brought.
#[derive(Clone)]
pub struct Token {
    hash: blake3::Hash,
}

impl Token {
    /// The token `secret`.
    ///
    /// # Errors
    /// [`Code::InvalidConfiguration`] for fewer than 16 characters, and for what a header cannot carry: anything but
    /// visible ASCII. The message does not repeat the secret.
    pub fn new(secret: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Error::new(Code::InvalidConfiguration, format!("take a bearer token: {why}"))
                .advise("use at least 16 letters and digits that nobody can guess")
        };
        if secret.len() < SHORTEST {
            return Err(refuse(&format!("it has {} characters", secret.len())));
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse("it has characters that a header cannot carry"));
        }
        Ok(Self { hash: blake3::hash(secret.as_bytes()) })
    }

    /// Whether the value of an `Authorization` header brings this token.
    pub(crate) fn is_brought_by(&self, authorization: &[u8]) -> bool {
        // The scheme's name is public and its case does not matter (RFC 7235); what follows is compared by hash.
        let Some((scheme, secret)) = authorization.split_at_checked(b"bearer ".len()) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && blake3::hash(secret) == self.hash
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests;
