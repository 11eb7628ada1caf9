//! Who this is and how the link is protected.

use std::fmt;
use std::path::PathBuf;

/// A text that no log, error or `Debug` output repeats.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Who this is, for the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NatsAuth {
    /// Nobody in particular; a server on the own machine may allow it.
    #[default]
    Anonymous,
    /// A shared token.
    Token(Secret),
    /// A name and a password.
    UserPassword {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// The seed of an nkey (`SU…`): the server knows its public half, the seed never leaves this process.
    Nkey(Secret),
    /// A file with a user's JWT and seed, as `nsc` writes it. Read when a connection is opened.
    Credentials(PathBuf),
}

impl NatsAuth {
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::Anonymous
    }
}

/// How the link is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatsTls {
    /// Refuses a server that does not speak TLS. Default `false`: as the server asks.
    pub require: bool,
    /// The authority that signed the server's certificate, a PEM file. Default: the authorities of the machine.
    pub authority: Option<PathBuf>,
    /// A certificate of this client and its key, two PEM files, for servers that verify clients.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Begins with TLS instead of the server's greeting, for servers that are set up so. Default `false`.
    pub first: bool,
}
