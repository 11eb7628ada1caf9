//! What a supervision is told, and what it says is to be done.

use std::time::Duration;

use super::plan::Plan;
use crate::port::clock::Monotonic;

/// A child's place in the start order. It stays the same for as long as the supervisor knows the child.
pub(in super::super) type Place = usize;

/// Something that happened, to the child at that place.
#[derive(Clone, Debug)]
pub(in super::super) enum Event {
    /// The supervisor starts.
    Opened {
        at: Monotonic,
    },
    /// The answer to [`Effect::Start`]: it runs.
    Started {
        child: Place,
        at: Monotonic,
    },
    /// The answer to [`Effect::Start`]: it chose not to.
    Ignored {
        child: Place,
        at: Monotonic,
    },
    /// The answer to [`Effect::Start`].
    StartFailed {
        child: Place,
        at: Monotonic,
        chance: u64,
    },
    Exited {
        child: Place,
        abnormal: bool,
        at: Monotonic,
        chance: u64,
    },
    /// The wait of [`Effect::StartAfter`] is over.
    Due {
        child: Place,
        at: Monotonic,
    },
    /// Somebody adds a child, behind all others.
    Added {
        child: Place,
        plan: Plan,
        at: Monotonic,
    },
    /// Somebody wants a child stopped.
    Terminated {
        child: Place,
    },
    /// Somebody wants a child back that does not run.
    Revived {
        child: Place,
        at: Monotonic,
    },
    /// Somebody wants a child forgotten that does not run.
    Deleted {
        child: Place,
    },
    /// The supervisor ends.
    Closed,
}

impl Event {
    /// When it happened, where that matters.
    pub(in super::super) fn at(&self) -> Option<Monotonic> {
        match self {
            Self::Opened { at }
            | Self::Started { at, .. }
            | Self::Ignored { at, .. }
            | Self::StartFailed { at, .. }
            | Self::Exited { at, .. }
            | Self::Due { at, .. }
            | Self::Added { at, .. }
            | Self::Revived { at, .. } => Some(*at),
            Self::Terminated { .. } | Self::Deleted { .. } | Self::Closed => None,
        }
    }
}

/// What to do now, in this order. A [`Start`](Self::Start) is always the last and is answered by an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Effect {
    /// Stop it by its own rule and wait for its end.
    Stop {
        child: Place,
    },
    Start {
        child: Place,
        restart: bool,
    },
    StartAfter {
        child: Place,
        delay: Duration,
    },
    /// It has no process, and nobody starts one by itself.
    Release {
        child: Place,
        rest: Rest,
    },
    /// The supervisor ends.
    End(Ending),
}

/// How a child rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Rest {
    Ended,
    Ignored,
    Quarantined,
    /// Its supervisor does not know it any more.
    Forgotten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Ending {
    /// More restarts than are tolerated.
    GaveUp {
        child: Place,
    },
    /// One of the first starts failed; all were stopped.
    StartFailed {
        child: Place,
    },
    AutoShutdown,
}

/// How a child stands when somebody asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Standing {
    Idle,
    Runs,
    Waits,
}
