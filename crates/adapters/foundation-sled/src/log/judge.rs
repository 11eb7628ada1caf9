//! Whether an append takes effect: a pure decision over heads and remembered batches.

use std::collections::HashMap;

use foundation_core::port::storage::{Appended, BatchId, Expect, Sequence, StreamName};
use foundation_core::{Code, Error};

use super::index::Index;
use super::remembered::Remembered;

/// Last events: those of the group that is being made, before those that are published.
#[derive(Debug)]
pub(super) struct Heads<'a> {
    pub(super) published: &'a Index,
    pub(super) staged: &'a HashMap<StreamName, u64>,
}

impl Heads<'_> {
    fn last(&self, stream: &StreamName) -> Option<u64> {
        self.staged.get(stream).copied().or_else(|| self.published.last(stream.as_str()))
    }
}

/// What to do with an append.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Append it.
    Append,
    /// It was appended before.
    Known(Appended),
    /// Its expectation does not hold.
    Refused(Error),
}

pub(super) fn judge(
    stream: &StreamName,
    batch: BatchId,
    expect: &Expect,
    heads: &Heads<'_>,
    remembered: &Remembered,
) -> Verdict {
    if let Some(landed) = remembered.get(batch) {
        return Verdict::Known(Appended {
            first: Sequence(landed.first),
            last: Sequence(landed.last),
            duplicate: true,
        });
    }
    let (looked_at, wanted) = match expect {
        Expect::Any => return Verdict::Append,
        Expect::Empty => (stream, None),
        Expect::Head(sequence) => (stream, Some(sequence.0)),
        Expect::HeadOf(other, sequence) => (other, Some(sequence.0)),
    };
    let found = heads.last(looked_at);
    if found == wanted {
        return Verdict::Append;
    }
    let tell = |head: Option<u64>| head.map_or_else(|| "no event".to_owned(), |head| format!("head {head}"));
    Verdict::Refused(Error::new(
        Code::Conflict,
        format!("append to stream `{stream}`: stream `{looked_at}` has {}, expected {}", tell(found), tell(wanted)),
    ))
}

#[cfg(test)]
mod tests;
