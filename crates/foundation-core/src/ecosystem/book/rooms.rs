//! How much more work each part of an ecosystem can take, and how much it has that is not begun, kept up to date so that
//! the freest and the fullest part are found at once.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::layout::{Layout, Member};

/// How much a member can take, and has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Load {
    /// Workers that have nothing to do.
    pub(super) idle: usize,
    /// Items that can be handed to it.
    pub(super) room: usize,
    /// Items that stand behind others and can be taken back.
    pub(super) spare: usize,
}

/// The loads of coordinators and workers. A coordinator's is the sum of those below it, and can take less by what it
/// holds itself.
#[derive(Clone, Debug)]
pub(super) struct Rooms {
    nodes: Vec<Node>,
    workers: Vec<Worker>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    parent: Option<usize>,
    /// Items that it has and has not handed on.
    held: usize,
    /// It hands on what it is given.
    is_open: bool,
    /// Of those below, together.
    below: Load,
    /// Those below that can take some: the one to be given the next item last.
    free: BTreeSet<(usize, usize, Reverse<Member>)>,
    /// Those below that have some to give back: the fullest last.
    full: BTreeSet<(usize, Reverse<Member>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Worker {
    parent: usize,
    load: Load,
}

impl Rooms {
    pub(super) fn new(layout: &Layout) -> Self {
        let nodes = layout.nodes.iter().map(|place| Node { parent: place.parent, ..Node::default() }).collect();
        let workers = layout.workers.iter().map(|parent| Worker { parent: *parent, load: Load::default() }).collect();
        Self { nodes, workers }
    }

    pub(super) fn set_worker(&mut self, worker: usize, load: Load) {
        let Some(entry) = self.workers.get_mut(worker) else { return };
        let (parent, before) = (entry.parent, std::mem::replace(&mut entry.load, load));
        self.changed(parent, Member::Worker(worker), before, load);
    }

    pub(super) fn set_held(&mut self, node: usize, held: usize) {
        self.update(node, |node| node.held = held);
    }

    pub(super) fn set_open(&mut self, node: usize, is_open: bool) {
        self.update(node, |node| node.is_open = is_open);
    }

    /// The member below `node` to be given the next item: one with a worker that has nothing to do, where there is
    /// one, and then the one that can take the most.
    pub(super) fn freest(&self, node: usize) -> Option<Member> {
        self.nodes.get(node)?.free.last().map(|(_, _, Reverse(member))| *member)
    }

    /// The worker to take an item back from, where others below `node` have nothing to do.
    pub(super) fn to_relieve(&self, node: usize) -> Option<usize> {
        let mut entry = self.nodes.get(node).filter(|entry| entry.below.idle > 0)?;
        loop {
            match entry.full.last()? {
                (_, Reverse(Member::Worker(worker))) => return Some(*worker),
                (_, Reverse(Member::Node(below))) => entry = self.nodes.get(*below)?,
            }
        }
    }

    fn update(&mut self, node: usize, change: impl FnOnce(&mut Node)) {
        let Some(entry) = self.nodes.get_mut(node) else { return };
        let before = entry.load();
        change(entry);
        let (after, parent) = (entry.load(), entry.parent);
        if let Some(parent) = parent {
            self.changed(parent, Member::Node(node), before, after);
        }
    }

    fn changed(&mut self, parent: usize, member: Member, before: Load, after: Load) {
        if before == after {
            return;
        }
        self.update(parent, |parent| {
            parent.free.remove(&(before.idle, before.room, Reverse(member)));
            parent.full.remove(&(before.spare, Reverse(member)));
            if after.room > 0 {
                parent.free.insert((after.idle, after.room, Reverse(member)));
            }
            if after.spare > 0 {
                parent.full.insert((after.spare, Reverse(member)));
            }
            let below = &mut parent.below;
            below.idle = below.idle - before.idle + after.idle;
            below.room = below.room - before.room + after.room;
            below.spare = below.spare - before.spare + after.spare;
        });
    }
}

impl Node {
    fn load(&self) -> Load {
        let Load { idle, room, spare } = self.below;
        let less = |count: usize| if self.is_open { count.saturating_sub(self.held) } else { 0 };
        Load { idle: less(idle), room: less(room), spare }
    }
}

#[cfg(test)]
impl Rooms {
    /// Whether what is kept for `node`, and all below it, is what a new count of the workers says.
    pub(super) fn assert_consistent(&self, layout: &Layout, node: usize) -> Load {
        let entry = &self.nodes[node];
        let mut below = Load::default();
        let (mut free, mut full) = (BTreeSet::new(), BTreeSet::new());
        for member in &layout.nodes[node].members {
            let load = match member {
                Member::Node(node) => self.assert_consistent(layout, *node),
                Member::Worker(worker) => self.workers[*worker].load,
            };
            below.idle += load.idle;
            below.room += load.room;
            below.spare += load.spare;
            if load.room > 0 {
                free.insert((load.idle, load.room, Reverse(*member)));
            }
            if load.spare > 0 {
                full.insert((load.spare, Reverse(*member)));
            }
        }
        assert_eq!((below, &free, &full), (entry.below, &entry.free, &entry.full), "coordinator {node}");
        entry.load()
    }
}
