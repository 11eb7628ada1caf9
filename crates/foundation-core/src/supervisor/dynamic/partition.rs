//! One dynamic supervisor in parts, so that many threads start children without waiting for each other.

use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::super::{ChildName, ChildSpec, Supervisor, SupervisorMessage};
use super::DynamicSupervisor;

/// So many dynamic supervisors under one, and children spread over them by a key. Clones are the same supervisors.
///
/// As Elixir's `PartitionSupervisor`. Each part counts its own restarts; one that gives up is restarted alone, and takes
/// its own children along.
#[derive(Clone, Debug)]
pub struct PartitionSupervisor {
    name: &'static str,
    parts: Arc<[DynamicSupervisor]>,
}

impl PartitionSupervisor {
    /// `parts` supervisors, at least one, each made by `make` from its index. They do not run yet.
    #[must_use]
    pub fn new(name: &'static str, parts: usize, make: impl Fn(usize) -> DynamicSupervisor) -> Self {
        Self { name, parts: (0..parts.max(1)).map(make).collect() }
    }

    /// The part that `key` falls in: the same for equal keys, on every machine.
    #[must_use]
    pub fn part(&self, key: &impl Hash) -> &DynamicSupervisor {
        let hash = FixedState::with_seed(0).hash_one(key);
        &self.parts[hash as usize % self.parts.len()]
    }

    /// All parts.
    #[must_use]
    pub fn parts(&self) -> &[DynamicSupervisor] {
        &self.parts
    }

    /// The supervisor above the parts, which tolerates one restart of a part in five seconds, as a child of another.
    #[must_use]
    pub fn child_spec(&self, name: impl Into<ChildName>) -> ChildSpec<SupervisorMessage> {
        ChildSpec::supervisor(name, self.supervisor())
    }

    /// The supervisor above the parts, for a [root](crate::Runtime::supervise).
    #[must_use]
    pub fn supervisor(&self) -> Supervisor {
        let parts = self.parts.iter().enumerate();
        parts.fold(Supervisor::one_for_one(), |supervisor, (index, part)| {
            supervisor.child(part.child_spec(format!("{}-{index}", self.name)))
        })
    }
}
