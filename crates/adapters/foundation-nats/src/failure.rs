//! Errors of the client and of JetStream in the words of the ports.

use foundation_core::{Code, Error};
use serde::Deserialize;

/// The numbers that JetStream gives its refusals, as far as something here decides by them.
pub(crate) mod number {
    /// Another write to the subject was first; the answer names the subject's last sequence.
    pub(crate) const WRONG_LAST_SEQUENCE: u32 = 10071;
    /// Another write to the subject is under way; the answer names no sequence.
    pub(crate) const WRITE_IN_PROGRESS: u32 = 10164;
    /// The same, for a message id.
    pub(crate) const DUPLICATE_IN_PROGRESS: u32 = 10158;
    pub(crate) const STREAM_NOT_FOUND: u32 = 10059;
    pub(crate) const STREAM_NAME_IN_USE: u32 = 10058;
    pub(crate) const MESSAGE_NOT_FOUND: u32 = 10037;
    pub(crate) const CONSUMER_NOT_FOUND: u32 = 10014;
    pub(crate) const NO_SUITABLE_PEERS: u32 = 10005;
    pub(crate) const REPLICAS_WITHOUT_CLUSTER: u32 = 10074;
    /// Messages of an atomic batch are missing; nothing of it was written.
    pub(crate) const BATCH_INCOMPLETE: u32 = 10176;
    /// As many atomic batches are under way as the server allows at once.
    pub(crate) const BATCHES_TOO_MANY: u32 = 10210;
    /// An atomic batch has the id of a message that the stream remembers.
    pub(crate) const BATCH_HAS_DUPLICATE: u32 = 10201;
}

/// What the server refused, in its own words.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refusal {
    /// Roughly an HTTP status.
    #[serde(default)]
    pub(crate) code: u16,
    /// JetStream's own number; zero where there is none.
    #[serde(default)]
    pub(crate) err_code: u32,
    #[serde(default)]
    pub(crate) description: String,
}

impl Refusal {
    /// The last sequence of the subject that a conditional write named, where the refusal tells it.
    pub(crate) fn last_sequence(&self) -> Option<u64> {
        (self.err_code == number::WRONG_LAST_SEQUENCE)
            .then(|| self.description.rsplit(' ').next().and_then(|digits| digits.parse().ok()))
            .flatten()
    }

    /// Whether a condition of a write does not hold.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self.err_code, number::WRONG_LAST_SEQUENCE | number::WRITE_IN_PROGRESS | number::DUPLICATE_IN_PROGRESS)
    }

    /// What the refusal means to whoever called a port.
    pub(crate) fn meaning(&self) -> Code {
        match self.err_code {
            _ if self.is_conflict() => Code::Conflict,
            // Limits of the account or of the machine; 10077 is a store that refused, mostly because it is full.
            10002 | 10023 | 10026 | 10027 | 10028 | 10047 | 10077 | 10122 => Code::ResourceExhausted,
            // No leader, no quorum, not ready: all of them pass.
            10004
            | 10006..=10010
            | 10040
            | 10041
            | 10044
            | 10048
            | 10118
            | 10119
            | number::BATCH_INCOMPLETE
            | number::BATCHES_TOO_MANY => Code::ServiceUnavailable,
            10054 | 10097 | 10199 => Code::InvalidInput,
            number::NO_SUITABLE_PEERS
            | number::REPLICAS_WITHOUT_CLUSTER
            | 10035
            | 10039
            | 10052
            | 10058
            | 10065
            | 10076
            | 10109
            | 10113
            | 10120
            | 10166
            | 10174 => Code::InvalidConfiguration,
            number::STREAM_NOT_FOUND | number::MESSAGE_NOT_FOUND | number::CONSUMER_NOT_FOUND | 10043 => Code::NotFound,
            _ => match self.code {
                401 | 403 => Code::PermissionDenied,
                404 => Code::NotFound,
                408 => Code::Timeout,
                503 => Code::ServiceUnavailable,
                507 => Code::ResourceExhausted,
                _ => Code::Internal,
            },
        }
    }

    /// The refusal as an error of `doing`.
    pub(crate) fn error(&self, doing: &str) -> Error {
        let error = Error::new(
            self.meaning(),
            format!("{doing}: the server refuses: {} ({})", self.description, self.err_code),
        );
        match self.err_code {
            number::NO_SUITABLE_PEERS | number::REPLICAS_WITHOUT_CLUSTER => error.advise(
                "the cluster has fewer servers than `replicas`: start more with JetStream, or set fewer replicas",
            ),
            10035 | 10039 | 10076 => error.advise("switch JetStream on, for the server and for the account"),
            _ => error,
        }
    }
}

/// Why a request to the server brought no answer that can be used.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The server answered that it will not. Nothing was written.
    Refused(Refusal),
    /// Nobody listens there at the moment: a leader is being elected, or JetStream is off. Nothing was written, and
    /// nothing is known about what exists.
    NoResponders,
    /// There is no connection, so nothing was sent.
    NotConnected(String),
    /// It was sent, and no answer came.
    Lost(String),
    /// It cannot be sent at all: too large.
    Unsendable(String),
    /// The answer cannot be understood. It may have meant yes.
    Garbled(String),
}

impl Trouble {
    /// The JetStream number of a refusal, zero for everything else.
    pub(crate) fn number(&self) -> u32 {
        match self {
            Self::Refused(refusal) => refusal.err_code,
            _ => 0,
        }
    }

    /// Whether it may have taken effect all the same.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Garbled(_))
    }

    /// The error of something that changes nothing.
    pub(crate) fn of_read(&self, doing: &str) -> Error {
        match self {
            Self::Lost(why) => Error::new(Code::Timeout, format!("{doing}: {why}")),
            Self::Garbled(why) => Error::new(Code::Encoding, format!("{doing}: {why}")),
            _ => self.of_write(doing),
        }
    }

    /// The error of something that may have changed something.
    pub(crate) fn of_write(&self, doing: &str) -> Error {
        match self {
            Self::Refused(refusal) => refusal.error(doing),
            Self::NoResponders => {
                Error::new(Code::ServiceUnavailable, format!("{doing}: nobody answers for it at the moment"))
                    .advise("a leader is being elected, or JetStream is off: try again in some seconds")
            }
            Self::NotConnected(why) => {
                Error::new(Code::ServiceUnavailable, format!("{doing}: no connection to a NATS server: {why}"))
                    .advise("check that a server is running and can be reached; the connection is made again by itself")
            }
            Self::Lost(why) | Self::Garbled(why) => Error::new(Code::OutcomeUnknown, format!("{doing}: {why}")),
            Self::Unsendable(why) => Error::new(Code::InvalidInput, format!("{doing}: {why}")),
        }
    }
}

#[cfg(test)]
mod tests;
