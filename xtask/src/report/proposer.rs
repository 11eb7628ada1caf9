//! Who proposed a trial, by name and colour.

use std::collections::BTreeSet;

use mabeam::{StudyConfig, Trial};

use super::story::Story;

/// Whose proposal a trial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proposer {
    /// A sampler of the team, by its place.
    Member(u32),
    /// Somebody who put it into the queue.
    Enqueued,
    /// The schedule, which let it go on from another trial's checkpoint.
    Descended,
    /// Nobody here: it is known from elsewhere.
    Imported,
}

impl Proposer {
    pub(super) fn of(trial: &Trial) -> Self {
        match trial.member {
            _ if trial.from.is_some() => Self::Imported,
            Some(member) => Self::Member(member),
            None if trial.parent.is_some() => Self::Descended,
            None => Self::Enqueued,
        }
    }

    pub(super) fn name(self, config: &StudyConfig) -> &str {
        match self {
            Self::Member(member) => config.team.members.get(member as usize).map_or("unknown", |member| &member.name),
            Self::Enqueued => "enqueued",
            Self::Descended => "descended",
            Self::Imported => "imported",
        }
    }

    /// The class that gives it its colour and its dashes. Of more members than classes some share one.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Member(member) => ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"][member as usize % 8],
            Self::Enqueued => "enqueued",
            Self::Descended => "descended",
            Self::Imported => "imported",
        }
    }
}

/// Every member of the team, and whoever else has trials, in order.
pub(super) fn all(story: &Story) -> Vec<Proposer> {
    let members = (0..story.state.config().team.members.len()).map(|member| Proposer::Member(member as u32));
    let found: BTreeSet<Proposer> = members.chain(story.state.trials().iter().map(Proposer::of)).collect();
    found.into_iter().collect()
}
