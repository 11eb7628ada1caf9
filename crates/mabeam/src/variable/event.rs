//! What happens to a variable, as it stands in its log: the only truth about it.

use foundation_core::event::{Event, EventSource};
use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::{seal, unseal};
use crate::coordination::{Ballot, Electorate, VotingRule};

/// The version of the bodies' shapes.
pub const VARIABLE_EVENT_VERSION: u16 = 1;

/// A change that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The new value.
    pub value: Value,
    /// Who wants it.
    pub proposer: String,
    /// The version it is made against: it can only be committed while the variable has this one.
    pub base: u64,
    /// Who votes on it.
    pub electorate: Electorate,
    /// How the votes are counted.
    pub rule: VotingRule,
}

/// A change was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The proposal's number, from 0 in the order of the log.
    pub proposal: u64,
    /// What is proposed.
    #[serde(flatten)]
    pub draft: Draft,
}

/// A ballot was cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voted {
    /// On which proposal.
    pub proposal: u64,
    /// What was cast.
    #[serde(flatten)]
    pub ballot: Ballot,
}

/// Something that happened to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableEvent {
    /// A change was proposed.
    Proposed(Box<Proposed>),
    /// A ballot was cast.
    Voted(Voted),
    /// A proposal was accepted and is the variable's value now.
    Committed {
        /// The proposal.
        proposal: u64,
        /// The version that the variable has by it.
        version: u64,
    },
    /// A proposal was not accepted.
    Refused {
        /// The proposal.
        proposal: u64,
    },
}

/// The event types of a variable: the one place where they stand.
const TYPES: [&str; 4] = ["variable.proposed", "variable.voted", "variable.committed", "variable.refused"];

#[derive(Serialize, Deserialize)]
struct Committed {
    proposal: u64,
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct Refused {
    proposal: u64,
}

impl VariableEvent {
    /// The event types that a variable writes.
    #[must_use]
    pub fn types() -> &'static [&'static str] {
        &TYPES
    }

    /// This event's type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let place = match self {
            Self::Proposed(_) => 0,
            Self::Voted(_) => 1,
            Self::Committed { .. } => 2,
            Self::Refused { .. } => 3,
        };
        TYPES[place]
    }

    /// The event in its envelope.
    ///
    /// # Errors
    /// None that its body can cause; `Encoding` all the same, for what comes later.
    pub fn to_event(&self, source: &EventSource) -> Result<Event> {
        let (kind, version) = (self.kind(), VARIABLE_EVENT_VERSION);
        match self {
            Self::Proposed(body) => seal(source, kind, version, body),
            Self::Voted(body) => seal(source, kind, version, body),
            Self::Committed { proposal, version: made } => {
                seal(source, kind, version, &Committed { proposal: *proposal, version: *made })
            }
            Self::Refused { proposal } => seal(source, kind, version, &Refused { proposal: *proposal }),
        }
    }

    /// Reads an event out of its envelope.
    ///
    /// # Errors
    /// `NewerVersion` for a body of a later version; `Encoding` for a type that is no variable's, or a body that cannot
    /// be read.
    pub fn from_event(event: &Event) -> Result<Self> {
        let version = VARIABLE_EVENT_VERSION;
        Ok(match event.kind.as_str() {
            "variable.proposed" => Self::Proposed(unseal(event, version)?),
            "variable.voted" => Self::Voted(unseal(event, version)?),
            "variable.committed" => {
                let Committed { proposal, version } = unseal(event, version)?;
                Self::Committed { proposal, version }
            }
            "variable.refused" => Self::Refused { proposal: unseal::<Refused>(event, version)?.proposal },
            other => {
                let what = format!("event {}: type `{other}` is no variable's", event.id);
                return Err(Error::new(Code::Encoding, what));
            }
        })
    }
}

#[cfg(test)]
mod tests;
