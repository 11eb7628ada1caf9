//! A supervisor from outside: how its children are, and how to stop it.

use std::sync::Arc;

use super::tree::{SupervisorMessage, Tree};
use super::{ChildName, Spec, Supervisor};
use crate::error::{Code, Error};
use crate::event::ProcessRef;
use crate::process::cell::Cell;
use crate::process::control::Peer;
use crate::process::run::Launch;
use crate::process::{Address, Exit};
use crate::runtime::Runtime;

/// How a child is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildState {
    /// It was not started yet.
    #[default]
    NotStarted,
    /// It runs.
    Running,
    /// It ended and waits for its restart, or is being restarted.
    Restarting,
    /// It ended and is not restarted.
    Stopped,
}

/// What a supervisor knows of a child.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChildInfo {
    /// Its name.
    pub name: &'static str,
    /// Its process and present or last life.
    pub process_ref: ProcessRef,
    /// How it is.
    pub state: ChildState,
    /// How often it was restarted.
    pub restarts: u64,
    /// How many messages wait in its mailbox.
    pub mailbox_len: usize,
    /// The children of a child that is a supervisor.
    pub children: Vec<ChildInfo>,
}

/// A supervisor could not start all its children.
#[derive(Clone, Debug, thiserror::Error)]
#[error("start child `{child}`: {reason}")]
pub struct StartError {
    /// The child that did not start.
    pub child: ChildName,
    /// Why.
    pub reason: Exit,
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        let code = match &error.reason {
            Exit::Failed(cause) => cause.code(),
            _ => Code::ServiceUnavailable,
        };
        Self::new(code, error.to_string())
    }
}

/// A supervisor that runs. Clones are the same supervisor; dropping them stops nothing.
#[derive(Clone, Debug)]
pub struct SupervisorHandle {
    address: Address<SupervisorMessage>,
    spec: Arc<Spec>,
}

impl SupervisorHandle {
    pub(crate) async fn start(
        runtime: &Runtime,
        name: &'static str,
        supervisor: Supervisor,
    ) -> Result<Self, StartError> {
        let spec = Spec::new(supervisor);
        let cell = Cell::new(name, false);
        let handle = Self { address: Address { cell: Arc::clone(&cell) }, spec: Arc::clone(&spec) };
        let started = match Launch::prepare(Arc::clone(&cell), runtime, Tree::root(spec), false) {
            Some(launch) => launch.go_and_tell().await.is_ok(),
            None => false,
        };
        if started {
            return Ok(handle);
        }
        Err(match cell.control.last_exit() {
            Some(Exit::StartFailed(at)) => StartError { child: at.child.clone(), reason: at.reason.clone() },
            other => StartError { child: name.into(), reason: other.unwrap_or(Exit::Killed) },
        })
    }

    /// How its children are, in the order they start. Temporary ones that ended are left out.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn children(&self) -> Vec<ChildInfo> {
        children(&self.spec)
    }

    /// Stops it: its children from the last to the first, each by its own rule, then itself. Answers why it ended, at
    /// once where it has.
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back.
    pub async fn shutdown(&self) -> Exit {
        self.address.stop(Exit::Shutdown);
        self.exited().await
    }

    /// Waits for its end and answers why; at once where it has ended.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn exited(&self) -> Exit {
        self.address.exited().await
    }

    /// Its address, for links, monitors and kills.
    #[must_use]
    pub fn address(&self) -> Address<SupervisorMessage> {
        self.address.clone()
    }
}

fn children(spec: &Spec) -> Vec<ChildInfo> {
    let mut infos = Vec::with_capacity(spec.children.len());
    for child in &spec.children {
        let record = *child.record.lock();
        if record.forgotten {
            continue;
        }
        let peer: Arc<dyn Peer> = child.start.peer();
        let alive = peer.control().is_running();
        // A child that ended a moment ago, and whose supervisor has not heard of it, does not run.
        let state = match record.state {
            ChildState::Running if !alive => ChildState::Restarting,
            state => state,
        };
        infos.push(ChildInfo {
            name: child.name,
            process_ref: peer.control().process_ref(),
            state,
            restarts: record.restarts,
            mailbox_len: peer.mailbox_len(),
            children: child.subtree.as_deref().map(children).unwrap_or_default(),
        });
    }
    infos
}
