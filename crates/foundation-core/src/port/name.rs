//! What a name may look like, the same for buckets, keys, streams, subjects and registered names.
//!
//! The alphabet is the one that files, sled and NATS subjects all take without escapes; whoever has free text
//! (an agent's name from outside) encodes it first.

use crate::error::{Code, Error, Result};

/// Checks `text` against a kind of name: not empty, at most `longest` bytes, ASCII letters, digits and `extra`.
pub(crate) fn check(kind: &str, text: &str, longest: usize, extra: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::new(Code::InvalidInput, format!("{kind} is empty")));
    }
    if text.len() > longest {
        return Err(Error::new(
            Code::InvalidInput,
            format!(
                "{kind} `{}…` has {} bytes, at most {longest} are allowed",
                text.chars().take(32).collect::<String>(),
                text.len()
            ),
        ));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !extra.contains(*c)) {
        None => Ok(()),
        Some(c) => Err(Error::new(
            Code::InvalidInput,
            format!(
                "{kind} `{text}` has the character `{}`; allowed are letters, digits and `{extra}`",
                c.escape_default()
            ),
        )),
    }
}

/// Like [`check`], and no part between dots may be empty.
pub(crate) fn check_dotted(kind: &str, text: &str, longest: usize, extra: &str) -> Result<()> {
    check(kind, text, longest, extra)?;
    if text.split('.').any(str::is_empty) {
        return Err(Error::new(Code::InvalidInput, format!("{kind} `{text}` has an empty part between dots")));
    }
    Ok(())
}

/// Makes a checked, cheaply cloned name type.
macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $longest:expr, $extra:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(std::sync::Arc<str>);

        impl $type {
            /// The most bytes that this name may have.
            pub const MAX_BYTES: usize = $longest;

            /// Checks and takes a name.
            ///
            /// # Errors
            /// [`Code::InvalidInput`](crate::error::Code::InvalidInput) where it is empty, too long or has a
            /// character that is not allowed.
            pub fn new(text: impl AsRef<str>) -> $crate::error::Result<Self> {
                $check($kind, text.as_ref(), Self::MAX_BYTES, $extra)?;
                Ok(Self(text.as_ref().into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// So that an ordered map by name can be asked for a range that begins or ends with a part of one.
        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(&*text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use name_type;
