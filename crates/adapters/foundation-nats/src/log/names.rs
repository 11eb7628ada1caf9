//! What the log is called on the server.
//!
//! | what | name |
//! |---|---|
//! | the one stream of the engine | `FOUNDATION_LOG_<tenant>` |
//! | the events of a stream | `foundation.<tenant>.log.<stream>` |
//! | how far a stream is trimmed | `foundation.<tenant>.log-mark.<stream>` |
//! | what carries a second condition of an append | `foundation.<tenant>.log-guard.<stream>` |
//! | what proves that a read is fresh | `foundation.<tenant>.log-barrier.all` |
//! | how far a consumer has come | `foundation.<tenant>.log-place.<consumer>.<stream>` |
//! | news of events, outside the stream | `foundation.<tenant>.log-told.<stream>` |
//!
//! The alphabet of the port's stream names is part of the server's, so a name stands for itself.

use foundation_core::port::messaging::GroupName;
use foundation_core::port::storage::StreamName;

use crate::names::Tenant;

/// The names of one tenant's log.
#[derive(Debug)]
pub(super) struct Names {
    /// The engine's stream.
    pub(super) store: String,
    /// What proves that a read is fresh.
    pub(super) barrier: String,
    events: String,
    marks: String,
    guards: String,
    places: String,
    told: String,
}

impl Names {
    pub(super) fn of(tenant: &Tenant) -> Self {
        Self {
            store: tenant.stream("LOG"),
            barrier: tenant.subject("log-barrier", "all"),
            events: tenant.subject("log", ""),
            marks: tenant.subject("log-mark", ""),
            guards: tenant.subject("log-guard", ""),
            places: tenant.subject("log-place", ""),
            told: tenant.subject("log-told", ""),
        }
    }

    /// Where a stream's events are.
    pub(super) fn events(&self, stream: &StreamName) -> String {
        format!("{}{stream}", self.events)
    }

    /// Where it says how far a stream is trimmed.
    pub(super) fn mark(&self, stream: &StreamName) -> String {
        format!("{}{stream}", self.marks)
    }

    /// Where an append to a stream puts a second condition.
    pub(super) fn guard(&self, stream: &StreamName) -> String {
        format!("{}{stream}", self.guards)
    }

    /// Where a consumer of a stream says how far it has come.
    pub(super) fn place(&self, consumer: &GroupName, stream: &StreamName) -> String {
        format!("{}{consumer}.{stream}", self.places)
    }

    /// Where news of a stream's events come.
    pub(super) fn told(&self, stream: &StreamName) -> String {
        format!("{}{stream}", self.told)
    }

    /// All events.
    pub(super) fn all_events(&self) -> String {
        format!("{}>", self.events)
    }

    /// All news of events.
    pub(super) fn all_told(&self) -> String {
        format!("{}>", self.told)
    }

    /// Everything that the engine's stream keeps.
    pub(super) fn kept(&self) -> [String; 5] {
        let all = |prefix: &str| format!("{prefix}>");
        [self.all_events(), all(&self.marks), all(&self.guards), all(&self.places), self.barrier.clone()]
    }

    /// The events of every stream whose name begins with `prefix`, and perhaps of others: the server tells subjects
    /// apart by whole parts only.
    pub(super) fn events_like(&self, prefix: &str) -> String {
        match prefix.rsplit_once('.') {
            Some((whole_parts, _)) if StreamName::new(whole_parts).is_ok() => format!("{}{whole_parts}.>", self.events),
            _ => self.all_events(),
        }
    }

    /// The stream whose events have this subject.
    pub(super) fn stream(&self, subject: &str) -> Option<StreamName> {
        StreamName::new(subject.strip_prefix(&self.events)?).ok()
    }
}

#[cfg(test)]
mod tests;
