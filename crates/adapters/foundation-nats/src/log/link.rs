//! What stands beside an event on the server: where it stands in its batch, and which event came before.
//!
//! The engine numbers all messages of a tenant together, so the numbers of one stream have holes, and a hole says
//! nothing about a loss. Each event therefore names the one before it in its own stream, and whoever reads can tell a
//! hole from a gap. The name is true because the engine takes an event only while its stream's last event is the one
//! named.

use std::fmt::Write as _;

use foundation_core::{Code, Error, Result};

/// The header that carries a [`Link`].
pub(super) const HEADER: &str = "Foundation-Event";

/// The version of the header's shape.
const VERSION: u16 = 1;

/// An event's place among its stream's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The sequence of the stream's last event before this one's batch; zero before the first.
    pub(super) previous: u64,
    /// The event's place in its batch.
    pub(super) index: u32,
    /// How many events the batch has.
    pub(super) count: u32,
    /// Which call wrote it: tells a call whose answer was lost from an earlier one with the same batch id.
    pub(super) call: String,
}

impl Link {
    /// The header's value.
    pub(super) fn encode(&self) -> String {
        let Self { previous, index, count, call } = self;
        let mut text = String::with_capacity(48 + call.len());
        // Writing to a string cannot fail.
        let _ = write!(text, "{VERSION} {previous} {index} {count} {call}");
        text
    }

    /// Reads a header's value.
    ///
    /// # Errors
    /// `NewerVersion` for a shape of a later version, `Encoding` for what is none.
    pub(super) fn decode(text: &str) -> Result<Self> {
        let mut words = text.split(' ');
        let version: u16 = number(text, words.next())?;
        if version > VERSION {
            return Err(Error::new(
                Code::NewerVersion,
                format!("the header {HEADER} has version {version}, this program knows up to {VERSION}"),
            ));
        }
        let previous = number(text, words.next())?;
        let index = number(text, words.next())?;
        let count = number(text, words.next())?;
        let call = words.next().filter(|word| !word.is_empty()).ok_or_else(|| unreadable(text))?.to_owned();
        if version == 0 || index >= count || words.next().is_some() {
            return Err(unreadable(text));
        }
        Ok(Self { previous, index, count, call })
    }

    /// The sequence of the event before this one, which stands at `sequence`: the engine puts the events of a batch
    /// side by side.
    pub(super) fn before(&self, sequence: u64) -> u64 {
        if self.index == 0 { self.previous } else { sequence.saturating_sub(1) }
    }
}

fn number<T: std::str::FromStr>(text: &str, word: Option<&str>) -> Result<T> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    Error::new(Code::Encoding, format!("the header {HEADER} says {text:?}"))
}

#[cfg(test)]
mod tests;
