//! What the children of one life of a supervisor know of it, and what ends them when it ends.

use std::sync::{Arc, Weak};
use std::task::Waker;

use super::super::Spec;
use super::Tree;
use crate::event::ProcessRef;
use crate::process::control::{Parent, Peer};
use crate::process::{Context, Exit, MonitorId};

/// One life of a supervisor. Children keep it after they have ended, so it keeps nothing alive.
pub(super) struct Brood {
    supervisor: Weak<dyn Peer>,
    incarnation: u64,
    spec: Weak<Spec>,
}

impl Brood {
    pub(super) fn new(ctx: &Context<Tree>, spec: &Arc<Spec>) -> Self {
        Self {
            supervisor: Arc::downgrade(&ctx.peer()),
            incarnation: ctx.process_ref().incarnation,
            spec: Arc::downgrade(spec),
        }
    }
}

impl Parent for Brood {
    fn child_ended(&self, key: u64, process: ProcessRef, exit: &Exit) -> Option<Waker> {
        if let Some(supervisor) = self.supervisor.upgrade() {
            supervisor.control().tell_down(self.incarnation, MonitorId(key), process, exit.clone());
        }
        None
    }

    fn parent_ended(&self, process: ProcessRef, exit: &Exit) {
        let Some(spec) = self.spec.upgrade() else { return };
        // Out of the lock first: the end of one may be told to anybody.
        let children: Vec<_> = spec.roster.lock().values().cloned().collect();
        for child in children {
            child.start.peer().control().parent_ended(process, exit);
        }
    }
}
