//! One name of a registry: an owner at a time, who registers, unregisters and is looked up.

use super::Model;
use crate::chaos::history::History;

/// A name.
pub(in crate::chaos) struct OneName;

#[derive(Clone, Debug)]
pub(in crate::chaos) enum Op {
    /// `owner` wants the name; `mark` is told with the registration and is different in each.
    Register {
        owner: usize,
        mark: u64,
    },
    /// `owner` gives it up.
    Unregister {
        owner: usize,
    },
    Lookup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Said {
    /// The name is the caller's; the registration's revision.
    Registered(u64),
    /// Somebody else has it.
    Taken,
    /// Whether the caller had it.
    Freed(bool),
    /// The owner and the mark.
    Found(Option<(usize, u64)>),
}

/// The owner and the mark, and the largest revision that was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::chaos) struct Name {
    owned: Option<(usize, u64)>,
    latest: u64,
}

impl Name {
    fn is_open_to(&self, owner: usize) -> bool {
        self.owned.is_none_or(|(own, _)| own == owner)
    }

    fn has(&self, owner: usize) -> bool {
        self.owned.is_some_and(|(own, _)| own == owner)
    }
}

impl Model for OneName {
    type Op = Op;
    type Answer = Said;
    type State = Name;

    fn start() -> Name {
        Name::default()
    }

    fn answered(name: &Name, op: &Op, answer: &Said) -> Option<Name> {
        match (op, answer) {
            (Op::Register { owner, mark }, Said::Registered(revision)) => (name.is_open_to(*owner)
                && *revision > name.latest)
                .then_some(Name { owned: Some((*owner, *mark)), latest: *revision }),
            (Op::Register { owner, .. }, Said::Taken) => (!name.is_open_to(*owner)).then(|| name.clone()),
            (Op::Unregister { owner }, Said::Freed(had)) => {
                (name.has(*owner) == *had).then(|| Self::unknown(name, &Op::Unregister { owner: *owner }))
            }
            (Op::Lookup, Said::Found(found)) => (name.owned == *found).then(|| name.clone()),
            _ => None,
        }
    }

    fn unknown(name: &Name, op: &Op) -> Name {
        match op {
            Op::Register { owner, mark } if name.is_open_to(*owner) => {
                Name { owned: Some((*owner, *mark)), latest: name.latest }
            }
            Op::Unregister { owner } if name.has(*owner) => Name { owned: None, latest: name.latest },
            _ => name.clone(),
        }
    }

    /// Lookups without an answer say nothing.
    fn completed(mut history: History<Op, Said>) -> History<Op, Said> {
        history.calls.retain(|call| call.answer.is_some() || !matches!(call.op, Op::Lookup));
        history
    }
}
