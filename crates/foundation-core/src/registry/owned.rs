//! Which names each life of a process may own, so that its end costs what it owned.
//!
//! A name is noted *before* its registration is sent, and stays noted when the answer is lost or the caller goes away:
//! the note says "may own", and whoever releases looks at the store.

use std::collections::{BTreeMap, HashMap};

use crate::event::{NodeId, ProcessRef};
use crate::port::registry::{Namespace, RegisteredName, Session};

/// A name in its namespace.
pub(super) type FullName = (Namespace, RegisteredName);

/// What is known of one process and one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// A registration was acknowledged.
    pub(super) is_owned: bool,
    /// So many registrations were sent and not answered: each may have taken effect, or may still.
    pub(super) unanswered: u32,
}

/// The notes of the sessions that this instance opened.
#[derive(Debug, Default)]
pub(super) struct OwnedNames {
    sessions: HashMap<NodeId, OfSession>,
}

#[derive(Debug)]
struct OfSession {
    boot: u64,
    processes: HashMap<ProcessRef, BTreeMap<FullName, Note>>,
}

impl OwnedNames {
    /// Begins the notes of a new session and forgets those of the node's earlier ones.
    pub(super) fn open(&mut self, session: &Session) {
        self.sessions.insert(session.node.clone(), OfSession { boot: session.boot, processes: HashMap::new() });
    }

    /// Forgets a session's notes.
    pub(super) fn close(&mut self, session: &Session) {
        if self.of(session).is_some() {
            self.sessions.remove(&session.node);
        }
    }

    /// Notes that a registration is about to be sent.
    pub(super) fn sent(&mut self, session: &Session, process: ProcessRef, name: &FullName) {
        if let Some(notes) = self.of(session) {
            notes.processes.entry(process).or_default().entry(name.clone()).or_default().unanswered += 1;
        }
    }

    /// Notes that a registration that was sent took effect, or did not and never will.
    pub(super) fn answered(&mut self, session: &Session, process: ProcessRef, name: &FullName, took_effect: bool) {
        let Some(notes) = self.of(session) else { return };
        let note = notes.processes.entry(process).or_default().entry(name.clone()).or_default();
        note.unanswered = note.unanswered.saturating_sub(1);
        note.is_owned |= took_effect;
        if *note == Note::default() {
            self.gone(session, process, name);
        }
    }

    /// Forgets a name that `process` has not and will not have.
    pub(super) fn gone(&mut self, session: &Session, process: ProcessRef, name: &FullName) {
        if let Some(notes) = self.of(session)
            && let Some(names) = notes.processes.get_mut(&process)
        {
            names.remove(name);
            if names.is_empty() {
                notes.processes.remove(&process);
            }
        }
    }

    /// What is known of one name.
    pub(super) fn note(&mut self, session: &Session, process: ProcessRef, name: &FullName) -> Note {
        let notes = self.of(session).and_then(|notes| notes.processes.get(&process)?.get(name).copied());
        notes.unwrap_or_default()
    }

    /// The names that `process` may own; `None` where the session was opened elsewhere and nothing is known.
    pub(super) fn names(&mut self, session: &Session, process: ProcessRef) -> Option<Vec<(FullName, Note)>> {
        let notes = self.of(session)?;
        let names = notes.processes.get(&process).into_iter().flatten();
        Some(names.map(|(name, note)| (name.clone(), *note)).collect())
    }

    fn of(&mut self, session: &Session) -> Option<&mut OfSession> {
        self.sessions.get_mut(&session.node).filter(|notes| notes.boot == session.boot)
    }
}

#[cfg(test)]
mod tests;
