//! How far a stream is trimmed.
//!
//! The mark is what counts: events up to it are not read any more, whether or not the server has dropped them. It also
//! tells what was forgotten on purpose from what is lost.

use foundation_core::{Code, Error, Result};

/// The version of the mark's shape.
const VERSION: u16 = 1;

/// Where a stream begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The sequence of the last event that is forgotten; zero where none is.
    pub(super) trimmed: u64,
    /// The sequence of the mark itself; zero where there is none yet.
    pub(super) sequence: u64,
}

/// What a mark says: the payload of its message.
pub(super) fn encode(trimmed: u64) -> String {
    format!("{VERSION} {trimmed}")
}

/// Reads a mark's payload: how far the stream is trimmed.
///
/// # Errors
/// `NewerVersion` for a shape of a later version, `Corrupt` for what is none.
pub(super) fn decode(payload: &[u8]) -> Result<u64> {
    let unreadable = || {
        let text = String::from_utf8_lossy(payload);
        Error::new(Code::Corrupt, format!("the mark of a trim says {text:?}"))
    };
    let text = std::str::from_utf8(payload).map_err(|_| unreadable())?;
    let (version, trimmed) = text.split_once(' ').ok_or_else(unreadable)?;
    let version: u16 = version.parse().map_err(|_| unreadable())?;
    if version > VERSION {
        let what = format!("the mark of a trim has version {version}, this program knows up to {VERSION}");
        return Err(Error::new(Code::NewerVersion, what));
    }
    trimmed.parse().map_err(|_| unreadable())
}

#[cfg(test)]
mod tests;
