//! A dynamic supervisor in the printed tree.

use super::super::node::{Branch, ChildState, SupervisorRules, TreeNode};
use super::super::{AutoShutdown, Strategy};
use super::brood::{Brood, Limits};
use super::entry::{Entry, Status};

impl Brood {
    /// How the children are.
    pub(super) fn nodes(&self) -> Vec<TreeNode> {
        let look = |entry: &Entry| {
            let state = match entry.status {
                Status::Running | Status::Stopping(_) => ChildState::Running,
                Status::Waiting | Status::Restarting => ChildState::Restarting,
            };
            let restarts = entry.past.as_ref().map_or(0, |past| past.restarts);
            (entry.made.peer(), entry.made.restart(), state, restarts)
        };
        // Out of the lock first: each child has its own.
        let children: Vec<_> = self.table.lock().children.iter().map(|(_, entry)| look(entry)).collect();
        children
            .into_iter()
            .map(|(peer, restart, state, restarts)| TreeNode::leaf(&*peer, restart, state, restarts.into()))
            .collect()
    }
}

impl Branch for Brood {
    fn rules(&self) -> SupervisorRules {
        let Limits { intensity: (restarts, period), .. } = *self.limits.lock();
        SupervisorRules {
            strategy: Strategy::OneForOne,
            restarts,
            period,
            auto_shutdown: AutoShutdown::Never,
            is_dynamic: true,
        }
    }

    fn below(&self) -> Vec<TreeNode> {
        self.nodes()
    }

    fn settle(&self) {
        // A supervisor that has ended has no children left, and one that never ran had none.
    }
}
