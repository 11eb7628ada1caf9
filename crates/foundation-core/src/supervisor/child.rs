//! What a supervisor is told about a child.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use parking_lot::Mutex;

use super::handle::ChildState;
use super::tree::{SupervisorMessage, Tree};
use super::{Backoff, Spec, Supervisor};
use crate::error::{Code, Error};
use crate::process::cell::Cell;
use crate::process::control::Peer;
use crate::process::isolate::guarded;
use crate::process::run::Launch;
use crate::process::{Address, Exit, Process};
use crate::runtime::Runtime;

/// When a child is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Always. The default.
    #[default]
    Permanent,
    /// After an [abnormal](Exit::is_abnormal) end.
    Transient,
    /// Never; its supervisor forgets it when it ends.
    Temporary,
}

/// How a child is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// It is asked to stop, and killed if it has not ended after this time.
    Timeout(Duration),
    /// It is killed.
    BrutalKill,
    /// It is asked to stop and waited for.
    Infinity,
}

impl Default for Shutdown {
    /// Five seconds, as in OTP.
    fn default() -> Self {
        Self::Timeout(Duration::from_secs(5))
    }
}

/// A child of a supervisor: how to make it, and what to do when it ends.
///
/// By default it is [`Permanent`](Restart::Permanent), restarted without delay, and has five seconds to stop.
pub struct ChildSpec<M> {
    name: &'static str,
    restart: Restart,
    shutdown: Shutdown,
    significant: bool,
    backoff: Option<Backoff>,
    cell: Arc<Cell<M>>,
    start: Arc<dyn Start>,
    subtree: Option<Arc<Spec>>,
}

impl<M: Send + 'static> ChildSpec<M> {
    /// A child whose state `factory` makes anew for each life. A panic in it counts as a failed start.
    #[must_use]
    pub fn new<P: Process<Message = M>>(name: &'static str, factory: impl Fn() -> P + Send + Sync + 'static) -> Self {
        let cell = Cell::new(name, true);
        let start = Arc::new(Factory { cell: Arc::clone(&cell), make: factory });
        Self {
            name,
            restart: Restart::default(),
            shutdown: Shutdown::default(),
            significant: false,
            backoff: None,
            cell,
            start,
            subtree: None,
        }
    }

    /// When it is started again; always by default.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// How it is stopped; asked, and killed after five seconds, by default.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Whether its end counts for [`Supervisor::auto_shutdown`]; not by default.
    ///
    /// A significant child that is permanent, or below a supervisor that never shuts down by itself, is refused at
    /// the start.
    #[must_use]
    pub fn significant(mut self, significant: bool) -> Self {
        self.significant = significant;
        self
    }

    /// Waits before each restart; no wait by default. Mail that arrives meanwhile is refused as
    /// [`NotRunning`](crate::process::Refusal::NotRunning). Each wait ends with a restart that counts for the
    /// supervisor's intensity.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// The child's address: there before its first start, and valid over restarts.
    #[must_use]
    pub fn address(&self) -> Address<M> {
        Address { cell: Arc::clone(&self.cell) }
    }

    pub(super) fn into_child(self) -> Child {
        Child {
            name: self.name,
            restart: self.restart,
            shutdown: self.shutdown,
            significant: self.significant,
            backoff: self.backoff,
            start: self.start,
            subtree: self.subtree,
            record: Mutex::new(Record::default()),
        }
    }
}

impl ChildSpec<SupervisorMessage> {
    /// A supervisor below a supervisor. It is waited for without limit when it is stopped, by default.
    #[must_use]
    pub fn supervisor(name: &'static str, supervisor: Supervisor) -> Self {
        let spec = Spec::new(supervisor);
        let subtree = Arc::clone(&spec);
        Self {
            shutdown: Shutdown::Infinity,
            subtree: Some(subtree),
            ..Self::new(name, move || Tree::below(Arc::clone(&spec)))
        }
    }
}

impl<M> fmt::Debug for ChildSpec<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("name", &self.name)
            .field("restart", &self.restart)
            .field("shutdown", &self.shutdown)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}

/// A child as its supervisor has it: the type of its messages is forgotten.
pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) restart: Restart,
    pub(super) shutdown: Shutdown,
    pub(super) significant: bool,
    pub(super) backoff: Option<Backoff>,
    pub(super) start: Arc<dyn Start>,
    pub(super) subtree: Option<Arc<Spec>>,
    pub(super) record: Mutex<Record>,
}

/// What others are told about a child.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    pub(super) state: ChildState,
    pub(super) restarts: u64,
    /// A temporary child that ended.
    pub(super) forgotten: bool,
}

impl Child {
    /// Nobody will start it again, nor anything below it.
    pub(super) fn settle(&self) {
        self.start.peer().control().settle();
        if let Some(subtree) = &self.subtree {
            subtree.settle();
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("name", &self.name).field("restart", &self.restart).finish_non_exhaustive()
    }
}

/// Starts the task of a life that has begun; the answer is ready after its `init`.
pub(super) type Go = Box<dyn FnOnce() -> oneshot::Receiver<()> + Send>;

/// Starts lives of a process whose type is forgotten.
pub(super) trait Start: Send + Sync {
    fn peer(&self) -> Arc<dyn Peer>;

    /// Makes a new state and begins a life, so that it can be monitored before its task runs.
    fn begin(&self, runtime: &Runtime) -> Result<Go, Exit>;
}

struct Factory<M, F> {
    cell: Arc<Cell<M>>,
    make: F,
}

impl<M, F> Drop for Factory<M, F> {
    /// Without it nobody can start the process: whoever waits for that is told.
    fn drop(&mut self) {
        self.cell.control.settle();
    }
}

impl<P: Process, F: Fn() -> P + Send + Sync> Start for Factory<P::Message, F> {
    fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(&self.cell) as Arc<dyn Peer>
    }

    fn begin(&self, runtime: &Runtime) -> Result<Go, Exit> {
        let process = guarded(&self.make)?;
        let launch = Launch::prepare(Arc::clone(&self.cell), runtime, process, true).ok_or_else(|| {
            Exit::failed(Error::new(Code::Internal, format!("start `{}`: it runs already", self.cell.control.name)))
        })?;
        Ok(Box::new(move || launch.go_and_tell()))
    }
}
