//! One key of a `KeyValue`: strict reads, unconditional and conditional writes, deletes, and revisions that rise.

use std::collections::HashMap;

use super::Model;
use crate::chaos::history::History;

/// A key.
pub(in crate::chaos) struct OneKey;

/// What has to hold for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum When {
    Always,
    Absent,
    /// The key's value has this revision.
    At(u64),
}

#[derive(Clone, Debug)]
pub(in crate::chaos) enum Op {
    /// A strict read.
    Get,
    /// No two writes of a history have one value.
    Put {
        value: u64,
        when: When,
        seen_at: Option<u64>,
    },
    Delete {
        when: When,
    },
}

impl Op {
    /// A write of a value that no other operation writes.
    pub(in crate::chaos) fn put(value: u64, when: When) -> Self {
        Self::Put { value, when, seen_at: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Said {
    /// A value and its revision.
    Found(Option<(u64, u64)>),
    /// The revision of a write.
    Written(u64),
    /// The condition does not hold.
    Conflict,
}

/// A value, where there is one, and the largest revision that was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::chaos) struct Cell {
    /// The revision is `None` where nobody was ever told it.
    entry: Option<(u64, Option<u64>)>,
    latest: u64,
}

impl Cell {
    /// What a read finds.
    pub(in crate::chaos) fn found(&self) -> Option<(u64, u64)> {
        self.entry.map(|(value, revision)| (value, revision.unwrap_or(0)))
    }

    fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Absent => self.entry.is_none(),
            // Who names a revision was told it, so a value whose revision nobody was told does not have it.
            When::At(revision) => self.entry.is_some_and(|(_, own)| own == Some(revision)),
        }
    }
}

impl Model for OneKey {
    type Op = Op;
    type Answer = Said;
    type State = Cell;

    fn start() -> Cell {
        Cell::default()
    }

    fn answered(cell: &Cell, op: &Op, answer: &Said) -> Option<Cell> {
        match (op, answer) {
            (Op::Get, Said::Found(found)) => (cell.found() == *found).then(|| cell.clone()),
            (Op::Put { value, when, .. }, Said::Written(revision)) => (cell.holds(*when) && *revision > cell.latest)
                .then_some(Cell { entry: Some((*value, Some(*revision))), latest: *revision }),
            (Op::Delete { when }, Said::Written(revision)) => {
                // What is not there is deleted without a change, and its revision may be an old one.
                let rises = *revision > cell.latest || cell.entry.is_none();
                (cell.holds(*when) && rises).then(|| Cell { entry: None, latest: cell.latest.max(*revision) })
            }
            (Op::Put { when, .. } | Op::Delete { when }, Said::Conflict) => (!cell.holds(*when)).then(|| cell.clone()),
            _ => None,
        }
    }

    fn unknown(cell: &Cell, op: &Op) -> Cell {
        match op {
            Op::Put { value, when, seen_at } if cell.holds(*when) && seen_at.is_none_or(|seen| seen > cell.latest) => {
                Cell { entry: Some((*value, *seen_at)), latest: seen_at.unwrap_or(cell.latest) }
            }
            Op::Delete { when } if cell.holds(*when) => Cell { entry: None, latest: cell.latest },
            _ => cell.clone(),
        }
    }

    /// A write has the revision that it was told or that its value was read with, also where its own answer was lost;
    /// reads without an answer say nothing.
    fn completed(mut history: History<Op, Said>) -> History<Op, Said> {
        let found = history.calls.iter().filter_map(|call| match call.answer {
            Some((_, Said::Found(found))) => found,
            _ => None,
        });
        let revisions: HashMap<u64, u64> = found.collect();
        history.calls.retain(|call| call.answer.is_some() || !matches!(call.op, Op::Get));
        for call in &mut history.calls {
            if let Op::Put { value, seen_at, .. } = &mut call.op {
                *seen_at = match call.answer {
                    Some((_, Said::Written(revision))) => Some(revision),
                    _ => revisions.get(value).copied(),
                };
            }
        }
        history
    }
}
