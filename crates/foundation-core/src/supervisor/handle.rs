//! A supervisor from outside: how its children are, how to change them, and how to stop it.

use std::sync::Arc;

use futures_channel::oneshot;

use super::node::{TreeNode, below};
use super::tree::{Request, SupervisorMessage, Tree};
use super::{ChildName, ChildSpec, Spec, Supervisor};
use crate::error::{Code, Error};
use crate::process::cell::Cell;
use crate::process::control::LifeStart;
use crate::process::run::Launch;
use crate::process::{Address, Exit, Refusal};
use crate::runtime::Runtime;

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

/// A supervisor did not do what was asked of it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// There is a child of that name already; it does not run.
    #[error("child `{0}` is there already: restart it, or delete it first")]
    AlreadyPresent(ChildName),
    /// The child runs.
    #[error("child `{0}` runs")]
    Running(ChildName),
    /// The child waits for its restart.
    #[error("child `{0}` is being restarted")]
    Restarting(ChildName),
    /// There is no child of that name.
    #[error("there is no child `{0}`")]
    NotFound(ChildName),
    /// A dynamic supervisor has as many children as it takes.
    #[error("it has {0} children, the most it takes: stop one first, or raise max_children")]
    MaxChildren(usize),
    /// The child did not start, or its description is not allowed.
    #[error(transparent)]
    NotStarted(StartError),
    /// The supervisor does not run, or ended before it answered; its last reason where nobody starts it again.
    #[error("the supervisor does not run: {0}")]
    SupervisorDown(Refusal),
}

impl From<ChildError> for Error {
    fn from(error: ChildError) -> Self {
        let code = match &error {
            ChildError::AlreadyPresent(_) | ChildError::Running(_) | ChildError::Restarting(_) => Code::Conflict,
            ChildError::NotFound(_) => Code::NotFound,
            ChildError::MaxChildren(_) => Code::ResourceExhausted,
            ChildError::NotStarted(start) => return start.clone().into(),
            ChildError::SupervisorDown(_) => Code::ProcessDown,
        };
        Self::new(code, error.to_string())
    }
}

/// A supervisor that runs. Clones are the same supervisor; dropping them stops nothing.
///
/// Its children can be changed while it runs, as in OTP. Each change goes through the supervisor's mailbox and is done
/// when the answer is there. A child that was added is lost when the supervisor is restarted, which starts what its
/// description says.
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
        let started = match Launch::prepare(Arc::clone(&cell), runtime, Tree::root(spec), LifeStart::ALONE) {
            Some(launch) => launch.go_here().comes_up().await,
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
    pub async fn children(&self) -> Vec<TreeNode> {
        below(&self.spec)
    }

    /// How the supervisor is and everything below it.
    ///
    /// Every process is looked at by itself while the tree goes on, so two of them need not have been that way at one
    /// moment.
    #[must_use]
    pub fn tree(&self) -> TreeNode {
        TreeNode::root(self.address.name(), &*self.address.peer(), &self.spec)
    }

    /// Adds a child behind all others and starts it. Answers its address; where its `init` ended with
    /// [`Exit::Ignore`], nothing runs there.
    ///
    /// # Errors
    /// [`AlreadyPresent`](ChildError::AlreadyPresent) or [`Running`](ChildError::Running) where the name is taken;
    /// [`NotStarted`](ChildError::NotStarted), and the child is not kept; [`SupervisorDown`](ChildError::SupervisorDown).
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back once it was polled.
    pub async fn start_child<M: Send + 'static>(&self, spec: ChildSpec<M>) -> Result<Address<M>, ChildError> {
        let address = spec.address();
        self.ask(Request::Start(spec.into_child())).await?;
        Ok(address)
    }

    /// Stops a child by its own rule. It is not restarted, and its description is kept, except a temporary child's;
    /// under [`one_for_all`](Supervisor::one_for_all) and [`rest_for_one`](Supervisor::rest_for_one) a sibling's
    /// restart starts it again, as in OTP.
    ///
    /// # Errors
    /// [`NotFound`](ChildError::NotFound), [`SupervisorDown`](ChildError::SupervisorDown).
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back once it was polled.
    pub async fn terminate_child(&self, name: &str) -> Result<(), ChildError> {
        self.ask(Request::Terminate(name.into())).await
    }

    /// Starts a child again that ended for good, was stopped, chose not to run, or is quarantined; its own budget
    /// and waits start over.
    ///
    /// # Errors
    /// [`NotFound`](ChildError::NotFound), [`Running`](ChildError::Running), [`Restarting`](ChildError::Restarting);
    /// [`NotStarted`](ChildError::NotStarted), and the child stays as it was;
    /// [`SupervisorDown`](ChildError::SupervisorDown).
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back once it was polled.
    pub async fn restart_child(&self, name: &str) -> Result<(), ChildError> {
        self.ask(Request::Restart(name.into())).await
    }

    /// Forgets a child that does not run.
    ///
    /// # Errors
    /// [`NotFound`](ChildError::NotFound), [`Running`](ChildError::Running), [`Restarting`](ChildError::Restarting),
    /// [`SupervisorDown`](ChildError::SupervisorDown).
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back once it was polled.
    pub async fn delete_child(&self, name: &str) -> Result<(), ChildError> {
        self.ask(Request::Delete(name.into())).await
    }

    async fn ask(&self, request: Request) -> Result<(), ChildError> {
        let (sender, answer) = oneshot::channel();
        if let Err(refused) = self.address.cast(SupervisorMessage::ask(request, sender)).await {
            return Err(ChildError::SupervisorDown(refused.reason));
        }
        match answer.await {
            Ok(answer) => answer,
            // It holds the request until it answers, so only its end drops that.
            Err(_dropped) => Err(ChildError::SupervisorDown(Refusal::Stopped(self.exited().await))),
        }
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
