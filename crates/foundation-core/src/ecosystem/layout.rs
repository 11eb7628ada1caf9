//! Who stands below whom: the shape of an ecosystem, as numbers.

use std::ops::Range;

use super::Topology;

/// Below a coordinator: a worker, or a coordinator of a part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    Node(usize),
    Worker(usize),
}

/// The coordinators and the workers below each. Coordinator 0 is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) nodes: Vec<NodePlace>,
    /// The coordinator of each worker.
    pub(super) workers: Vec<usize>,
}

/// A coordinator's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodePlace {
    pub(super) parent: Option<usize>,
    pub(super) members: Vec<Member>,
}

impl Layout {
    /// One coordinator over all workers, or, in a tree, as many levels of them as keep each to its fan-out. The parts
    /// of a level differ by one worker at most.
    pub(super) fn new(topology: Topology, n_workers: usize) -> Self {
        let fan_out = match topology {
            Topology::Tree { fan_out } => fan_out.max(2),
            Topology::Star | Topology::Mesh | Topology::Ring { .. } => usize::MAX,
        };
        let mut layout = Self { nodes: vec![NodePlace::default()], workers: vec![0; n_workers] };
        layout.fill(0, 0..n_workers, fan_out);
        layout
    }

    fn fill(&mut self, node: usize, workers: Range<usize>, fan_out: usize) {
        let count = workers.len();
        if count <= fan_out {
            for worker in workers {
                self.workers[worker] = node;
                self.nodes[node].members.push(Member::Worker(worker));
            }
            return;
        }
        let parts = count.div_ceil(fan_out).min(fan_out);
        for part in 0..parts {
            let below = self.nodes.len();
            self.nodes.push(NodePlace { parent: Some(node), members: Vec::new() });
            self.nodes[node].members.push(Member::Node(below));
            let bound = |part: usize| workers.start + count * part / parts;
            self.fill(below, bound(part)..bound(part + 1), fan_out);
        }
    }
}

/// Whom `worker` may write to, of those that live, in order of their numbers.
pub(super) fn neighbours(topology: Topology, worker: usize, living: &[usize]) -> Vec<usize> {
    match topology {
        Topology::Star | Topology::Tree { .. } => Vec::new(),
        Topology::Mesh => living.iter().copied().filter(|other| *other != worker).collect(),
        Topology::Ring { .. } => successor(worker, living).filter(|next| *next != worker).into_iter().collect(),
    }
}

/// The next after `worker` around the ring of those that live, itself where it is the only one. `living` is sorted.
pub(super) fn successor(worker: usize, living: &[usize]) -> Option<usize> {
    living.iter().copied().find(|other| *other > worker).or_else(|| living.first().copied())
}

#[cfg(test)]
mod tests;
