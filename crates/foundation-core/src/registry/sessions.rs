//! How sessions begin and end: by the node's next one, or as leases that run out.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::key_value::ATTEMPTS;
use super::record::{Record, SessionRecord};
use super::store::{Records, Stored, expired, session_key, sessions, stored};
use crate::coordination::lease::record::Claim;
use crate::coordination::lease::{Attempt, Ground, Lease};
use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::entropy::Entropy;
use crate::port::registry::Session;
use crate::port::storage::{Condition, Entry, Revision};

/// The sessions of a registry.
#[derive(Debug)]
pub(super) struct Sessions {
    records: Records,
    entropy: Arc<dyn Entropy>,
    leases: Option<Leases>,
}

/// Sessions that run out.
#[derive(Debug)]
struct Leases {
    ground: Ground,
    /// The latest that this instance opened of each node.
    held: Mutex<HashMap<NodeId, Held>>,
}

#[derive(Debug)]
struct Held {
    boot: u64,
    epoch: u64,
    lease: Arc<Lease>,
}

impl Sessions {
    pub(super) fn until_replaced(records: Records, entropy: Arc<dyn Entropy>) -> Self {
        Self { records, entropy, leases: None }
    }

    pub(super) fn leased(records: Records, entropy: Arc<dyn Entropy>, ground: Ground) -> Self {
        Self { records, entropy, leases: Some(Leases { ground, held: Mutex::default() }) }
    }

    pub(super) fn are_leased(&self) -> bool {
        self.leases.is_some()
    }

    /// Begins a session in place of whichever the node has.
    pub(super) async fn open(&self, node: &NodeId) -> Result<Session> {
        let record = SessionRecord { node: node.clone(), boot: self.entropy.next_u64(), epoch: None };
        for _ in 0..ATTEMPTS {
            let condition = match self.records.session(node).await? {
                None => Condition::Absent,
                Some(earlier) => Condition::At(earlier.revision),
            };
            let epoch = match &self.leases {
                None => match self.records.put_session(&record, condition).await {
                    Ok(Revision(epoch)) => Ok(Some(epoch)),
                    Err(error) if error.code() == Code::Conflict => Ok(None),
                    Err(error) => Err(error),
                },
                Some(leases) => leases.take(&record, condition).await,
            };
            match epoch {
                Ok(Some(epoch)) => return Ok(Session { node: node.clone(), boot: record.boot, epoch }),
                Ok(None) => {}
                Err(error) => return Err(error.during(format_args!("open a session of node `{node}`"))),
            }
        }
        Err(Error::new(Code::Conflict, format!("open a session of node `{node}`: its record keeps changing")))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `SessionExpired` where it is not its node's current one.
    pub(super) async fn close(&self, session: &Session) -> Result<()> {
        self.check_here(session)?;
        for _ in 0..ATTEMPTS {
            let current = match self.records.session(&session.node).await? {
                Some(current) if current.is(session) => current.revision,
                _ => return Err(expired(session)),
            };
            match self.records.delete_session(&session.node, current).await {
                Ok(()) => {
                    self.forget(session);
                    return Ok(());
                }
                // It was renewed meanwhile, or replaced.
                Err(error) if error.code() == Code::Conflict => {}
                Err(error) => return Err(error.during(format_args!("close the session of node `{}`", session.node))),
            }
        }
        Err(Error::new(
            Code::Conflict,
            format!("close the session of node `{}`: its record keeps changing", session.node),
        ))
    }

    /// What is known here without asking the store.
    ///
    /// # Errors
    /// `SessionExpired` where this instance opened the session, and its lease is over.
    pub(super) fn check_here(&self, session: &Session) -> Result<()> {
        match self.lease(session) {
            Some(lease) if !lease.is_held() => Err(expired(session)),
            _ => Ok(()),
        }
    }

    /// Waits until a leased session is over.
    pub(super) async fn over(&self, session: &Session) {
        match (self.lease(session), &self.leases) {
            (Some(lease), _) => drop(lease.lost().await),
            (None, Some(_)) => {}
            (None, None) => std::future::pending().await,
        }
    }

    fn lease(&self, session: &Session) -> Option<Arc<Lease>> {
        let held = self.leases.as_ref()?.held.lock();
        held.get(&session.node).filter(|held| held.boot == session.boot).map(|held| Arc::clone(&held.lease))
    }

    fn forget(&self, session: &Session) {
        if let Some(leases) = &self.leases {
            let mut held = leases.held.lock();
            if held.get(&session.node).is_some_and(|held| held.boot == session.boot) {
                held.remove(&session.node);
            }
        }
    }
}

impl Leases {
    /// Tries to begin a session; answers its epoch, and none where somebody else changed the record before.
    async fn take(&self, record: &SessionRecord, first: Condition) -> Result<Option<u64>> {
        let key = session_key(&record.node)?;
        match self.ground.take(&sessions()?, key, Arc::new(record.clone()), first).await? {
            Attempt::Refused(_) => Ok(None),
            Attempt::Taken(lease) => {
                let epoch = lease.token().map_err(|error| error.advise("open another session"))?.as_u64();
                let opened = Held { boot: record.boot, epoch, lease: Arc::new(lease) };
                let mut held = self.held.lock();
                // One that was opened earlier may be here later. It is over: its record is gone.
                if held.get(&record.node).is_none_or(|other| other.epoch < epoch) {
                    held.insert(record.node.clone(), opened);
                }
                Ok(Some(epoch))
            }
        }
    }
}

impl Claim for SessionRecord {
    fn encode(&self, token: Option<Revision>) -> Result<Bytes> {
        Record::encode(&Self { epoch: token.map(|token| token.0), ..self.clone() })
    }

    fn read(&self, entry: &Entry) -> Result<Option<Option<Revision>>> {
        let Stored { record, .. } = stored::<Self>(entry)?;
        Ok((record.boot == self.boot).then(|| record.epoch.map(Revision)))
    }
}
