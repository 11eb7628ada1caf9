//! What a dynamic supervisor keeps of one child.

use std::sync::Arc;
use std::task::Waker;

use super::super::strategy::plan::Plan;
use super::super::{Restart, Shutdown};
use super::template::Respawn;
use crate::process::Exit;
use crate::process::control::{Control, Peer};
use crate::process::run::Step;

/// A child.
pub(super) struct Entry {
    pub(super) key: u64,
    pub(super) made: Made,
    pub(super) status: Status,
    /// Made when it is first to be restarted.
    pub(super) past: Option<Box<Past>>,
}

/// What is kept of the lives that a child had.
pub(super) struct Past {
    pub(super) plan: Plan,
    pub(super) restarts: u32,
    /// The last life that is over for certain. Its end may be told late, by a thread that was held up.
    pub(super) over: u64,
}

/// What is kept of a child.
pub(super) enum Made {
    /// Nothing but the process: it is not restarted.
    Temporary(Arc<dyn Peer>, Shutdown),
    Lasting(Arc<dyn Respawn>),
}

impl Made {
    pub(super) fn control(&self) -> &Control {
        match self {
            Self::Temporary(peer, _) => peer.control(),
            Self::Lasting(seed) => seed.control(),
        }
    }

    pub(super) fn shutdown(&self) -> Shutdown {
        match self {
            Self::Temporary(_, shutdown) => *shutdown,
            Self::Lasting(seed) => seed.rules().shutdown,
        }
    }

    pub(super) fn restart(&self) -> Restart {
        match self {
            Self::Temporary(..) => Restart::Temporary,
            Self::Lasting(seed) => seed.rules().restart,
        }
    }

    pub(super) fn peer(&self) -> Arc<dyn Peer> {
        match self {
            Self::Temporary(peer, _) => Arc::clone(peer),
            Self::Lasting(seed) => seed.peer(),
        }
    }
}

/// How a child is.
pub(super) enum Status {
    /// It was started; whether its `init` is done, it says itself.
    Running,
    /// Somebody stops it, and is woken when it is gone.
    Stopping(Option<Waker>),
    /// It has ended and will be restarted.
    Waiting,
    /// The supervisor starts it again at this moment.
    Restarting,
}

/// Asks a child to stop, or kills it, by its rule. One that is at rest says its farewell here and now.
pub(super) fn ask(child: &Control, rule: Shutdown) {
    match rule {
        Shutdown::BrutalKill => child.kill(),
        Shutdown::Timeout(_) | Shutdown::Infinity => {
            if let Some(mut life) = child.stop_at_rest(Exit::Shutdown)
                && life.as_mut().step_here() != Step::Ended
            {
                life.run();
            }
        }
    }
}
