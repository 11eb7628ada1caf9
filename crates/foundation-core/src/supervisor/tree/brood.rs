//! What the children of one life of a supervisor know of it, and what ends them when it ends.

use std::sync::{Arc, Weak};

use super::super::Spec;
use super::Tree;
use crate::event::ProcessRef;
use crate::process::control::{Parent, Peer, Woken};
use crate::process::run::BoxLife;
use crate::process::{Context, Exit, MonitorId};

/// One life of a supervisor, as its children know it. They keep it after they have ended, so it keeps nothing alive.
pub(super) struct Brood {
    supervisor: Weak<dyn Peer>,
    incarnation: u64,
}

impl Brood {
    pub(super) fn new(ctx: &Context<Tree>) -> Self {
        Self { supervisor: Arc::downgrade(&ctx.peer()), incarnation: ctx.process_ref().incarnation }
    }
}

impl Parent for Brood {
    fn child_ended(&self, key: u64, process: ProcessRef, exit: &Exit) -> Option<Woken> {
        let supervisor = self.supervisor.upgrade()?;
        let concerned = supervisor.control().note_down(self.incarnation, MonitorId(key), process, exit.clone());
        concerned.then_some(Woken::Process(supervisor))
    }

    fn take_dead(&self, life: BoxLife) -> Result<(), BoxLife> {
        match self.supervisor.upgrade() {
            Some(supervisor) => supervisor.control().leave_dead(self.incarnation, life),
            None => Err(life),
        }
    }

    fn parent_ended(&self, _: ProcessRef, _: &Exit) {
        // That is for whoever has the children.
    }
}

/// The children themselves, as the supervisor's process knows them. It keeps them until it has ended, when the
/// supervisor's state is gone and with it, perhaps, the last handle.
pub(super) struct Wards(pub(super) Arc<Spec>);

impl Parent for Wards {
    fn child_ended(&self, _: u64, _: ProcessRef, _: &Exit) -> Option<Woken> {
        None
    }

    fn parent_ended(&self, process: ProcessRef, exit: &Exit) {
        // Out of the lock first: the end of one may be told to anybody.
        let children: Vec<_> = self.0.roster.lock().values().cloned().collect();
        for child in children {
            child.start.peer().control().parent_ended(process, exit);
        }
    }
}
