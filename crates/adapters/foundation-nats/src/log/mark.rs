//! Marks: places in a stream that a message beside the events remembers.
//!
//! One says how far a stream is trimmed. It is what counts: events up to it are not read any more, whether or not the
//! server has dropped them; and it tells what was forgotten on purpose from what is lost. Others say how far consumers
//! have come.

use foundation_core::{Code, Error, Result};

/// The version of the mark's shape.
const VERSION: u16 = 1;

/// A place, and the message that says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The sequence of the last event before the place; zero where there is no message.
    pub(super) at: u64,
    /// The sequence of the message; zero where there is none.
    pub(super) sequence: u64,
}

/// What a mark says: the payload of its message.
pub(super) fn encode(at: u64) -> String {
    format!("{VERSION} {at}")
}

/// Reads a mark's payload.
///
/// # Errors
/// `NewerVersion` for a shape of a later version, `Corrupt` for what is none.
pub(super) fn decode(payload: &[u8]) -> Result<u64> {
    let unreadable = || {
        let text = String::from_utf8_lossy(payload);
        Error::new(Code::Corrupt, format!("a mark says {text:?}"))
    };
    let text = std::str::from_utf8(payload).map_err(|_| unreadable())?;
    let (version, at) = text.split_once(' ').ok_or_else(unreadable)?;
    let version: u16 = version.parse().map_err(|_| unreadable())?;
    if version > VERSION {
        let what = format!("a mark has version {version}, this program knows up to {VERSION}");
        return Err(Error::new(Code::NewerVersion, what));
    }
    at.parse().map_err(|_| unreadable())
}

#[cfg(test)]
mod tests;
