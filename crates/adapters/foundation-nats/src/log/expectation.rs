//! What an append expects, in the engine's words, and whether it still can.

use foundation_core::port::storage::{Expect, Sequence, StreamName};

/// The conditions that an append is sent with. Every one names its own stream's last event, so that the chain of
/// events has no fork and no gap, and so that no late copy of it can take effect after another append did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// On the stream's head, whatever it is.
    OnHead,
    /// On this head; zero is a stream without events.
    On(u64),
    /// On the stream's head, while another stream's last event is this one.
    Fenced(StreamName, u64),
    /// No state of the log fulfils it.
    Never,
}

impl Plan {
    /// What an append to `stream` needs.
    pub(super) fn of(expect: &Expect, stream: &StreamName) -> Self {
        match expect {
            Expect::Any => Self::OnHead,
            Expect::Empty => Self::On(0),
            Expect::Head(Sequence::START) | Expect::HeadOf(_, Sequence::START) => Self::Never,
            Expect::Head(head) => Self::On(head.0),
            Expect::HeadOf(other, head) if other == stream => Self::On(head.0),
            Expect::HeadOf(other, head) => Self::Fenced(other.clone(), head.0),
        }
    }

    /// The other stream that it looks at.
    pub(super) fn other(&self) -> Option<&StreamName> {
        match self {
            Self::Fenced(other, _) => Some(other),
            _ => None,
        }
    }
}

/// Whether a refused append may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The expectation holds; somebody else was quicker, or is at it.
    Again,
    /// It does not hold, and never will again: sequences do not come back.
    Over,
    /// It does not hold yet, and may some day.
    NotYet,
}

/// What the heads (zero for none) of the stream and of the other stream say about an append.
pub(super) fn judge(plan: &Plan, head: u64, other: u64) -> Verdict {
    let (found, expected) = match plan {
        Plan::OnHead => return Verdict::Again,
        Plan::Never => return Verdict::Over,
        Plan::On(expected) => (head, *expected),
        Plan::Fenced(_, expected) => (other, *expected),
    };
    match found.cmp(&expected) {
        std::cmp::Ordering::Equal => Verdict::Again,
        std::cmp::Ordering::Greater => Verdict::Over,
        std::cmp::Ordering::Less => Verdict::NotYet,
    }
}

#[cfg(test)]
mod tests;
