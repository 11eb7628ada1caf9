//! A name as the tables hold it: in place where it is short, so that a lookup finds it beside its owner.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::port::registry::RegisteredName;

/// How long a name may be to stand in place. More would make every entry of a table larger.
pub(super) const IN_PLACE: usize = 18;

/// A registered name; 24 bytes, and nothing beside them up to 18 characters.
#[derive(Clone)]
pub(super) enum Key {
    Short { len: u8, bytes: [u8; IN_PLACE] },
    Long(RegisteredName),
}

impl Key {
    pub(super) fn new(name: &RegisteredName) -> Self {
        let text = name.as_str().as_bytes();
        let mut bytes = [0; IN_PLACE];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(len), Some(place)) => {
                place.copy_from_slice(text);
                Self::Short { len, bytes }
            }
            _ => Self::Long(name.clone()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len).min(IN_PLACE)],
            Self::Long(name) => name.as_str().as_bytes(),
        }
    }

    /// The name; a copy of it where it stands in place.
    pub(super) fn name(&self) -> RegisteredName {
        match self {
            Self::Short { .. } => RegisteredName::of_checked(self.bytes()),
            Self::Long(name) => name.clone(),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Without the length that a slice would add: a table is asked by text alone.
        state.write(self.bytes());
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name())
    }
}

#[cfg(test)]
mod tests;
