//! What things are called on the server.
//!
//! | what | name |
//! |---|---|
//! | the stream of a bucket | `KV_foundation_<tenant>_<bucket>`, so that NATS's own tools show it as a bucket |
//! | a key | `$KV.foundation_<tenant>_<bucket>.<key>` |
//! | what proves that a read is fresh | `foundation.<tenant>.barrier.<bucket>.<number>`, in the bucket's stream |
//! | everything else | streams `FOUNDATION_<WHAT>_<tenant>`, subjects `foundation.<tenant>.<what>.…` |
//! | inboxes | `_INBOX.foundation.<tenant>.…` |
//!
//! A tenant's name has no `_` and no dot, so none of these can be read as another tenant's.

use std::fmt;

use foundation_core::port::storage::{Bucket, Key};
use foundation_core::{Code, Error, Result};

/// The name of a tenant: lower-case letters, digits and `-`, 1 to 32 bytes.
///
/// Lower case only, because the server makes folders of stream names, and some file systems do not tell cases apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(std::sync::Arc<str>);

impl Tenant {
    /// The most bytes of a name.
    pub const MAX_BYTES: usize = 32;

    /// Checks and takes a name.
    ///
    /// # Errors
    /// `InvalidConfiguration` where it is empty, too long or has a character that is not allowed.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        let is_fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > Self::MAX_BYTES || !text.bytes().all(is_fine) {
            return Err(Error::new(Code::InvalidConfiguration, format!("tenant name {text:?}"))
                .advise("use 1 to 32 lower-case letters, digits and `-`"));
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stream of a bucket.
    pub(crate) fn bucket_stream(&self, bucket: &Bucket) -> String {
        format!("KV_foundation_{self}_{bucket}")
    }

    /// What the subjects of a bucket's keys begin with, the last dot included.
    pub(crate) fn key_prefix(&self, bucket: &Bucket) -> String {
        format!("$KV.foundation_{self}_{bucket}.")
    }

    /// What the subjects that prove reads of a bucket begin with, the last dot included.
    pub(crate) fn barriers(&self, bucket: &Bucket) -> String {
        self.subject("barrier", &format!("{bucket}."))
    }

    /// A subject of this tenant's: `foundation.<tenant>.<what>.<rest>`.
    pub(crate) fn subject(&self, what: &str, rest: &str) -> String {
        format!("foundation.{self}.{what}.{rest}")
    }

    /// A stream of this tenant's that is no bucket: `FOUNDATION_<WHAT>_<tenant>`.
    pub(crate) fn stream(&self, what: &str) -> String {
        format!("FOUNDATION_{what}_{self}")
    }

    /// What this tenant's inboxes begin with, without a dot at the end.
    pub(crate) fn inbox(&self) -> String {
        format!("_INBOX.foundation.{self}")
    }
}

impl Default for Tenant {
    fn default() -> Self {
        Self("default".into())
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The subject of a key: the port's keys are made of the characters that NATS allows in keys, with no empty part
/// between dots, so a key needs no encoding.
pub(crate) fn key_subject(prefix: &str, key: &Key) -> String {
    let mut subject = String::with_capacity(prefix.len() + key.as_str().len());
    subject.push_str(prefix);
    subject.push_str(key.as_str());
    subject
}

/// The key that a subject stands for; `None` for what is not a key of this bucket.
pub(crate) fn key_of(prefix: &str, subject: &str) -> Option<Key> {
    subject.strip_prefix(prefix).and_then(|text| Key::new(text).ok())
}

#[cfg(test)]
mod tests;
