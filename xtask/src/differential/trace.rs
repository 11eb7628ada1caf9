//! What a supervisor saw, and where two of these differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::scenario::{Id, Scenario, words};

words! {
    /// Why a process ended, as far as a supervisor cares.
    Class {
        Normal = "normal",
        /// Asked to stop, or a supervisor that ended by itself: it gave up, or significant children had ended.
        Shutdown = "shutdown",
        Killed = "killed",
        /// By an error, a panic or an exception.
        Crash = "crash",
        /// Something that none of these trees should bring about.
        Other = "other",
    }
}

/// What a supervisor saw of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Its start begins.
    Starts,
    /// That start failed.
    Fails,
    /// There was nothing to start.
    Ignores,
    /// A life that had begun ended.
    Ended {
        /// Why.
        class: Class,
        /// A worker's `terminate` ran to its end.
        farewell: bool,
    },
}

/// One thing that a supervisor saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// After which step of the script; 0 is the start of the tree, one more than there are steps its end.
    pub(super) step: u32,
    pub(super) child: Id,
    /// Which start of that child it belongs to, from 1, over all lives of its supervisor.
    pub(super) life: u32,
    pub(super) what: What,
}

/// What every supervisor of a tree saw, each in its own order. `None` is whoever started the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    pub(super) events: BTreeMap<Option<Id>, Vec<Event>>,
}

impl Trace {
    pub(super) fn push(&mut self, supervisor: Option<Id>, event: Event) {
        self.events.entry(supervisor).or_default().push(event);
    }

    /// Sorts what a dynamic supervisor saw end without a start in between, for each of these: it stops its children at
    /// once, and which of them ends first is nobody's promise.
    pub(super) fn sort_ends(&mut self, dynamic: &[Id]) {
        for id in dynamic {
            let Some(events) = self.events.get_mut(&Some(*id)) else { continue };
            let is_end = |event: &Event| matches!(event.what, What::Ended { .. });
            for ends in events.chunk_by_mut(|a, b| is_end(a) && is_end(b) && a.step == b.step) {
                ends.sort_by_key(|event| (event.child, event.life));
            }
        }
    }

    fn of(&self, supervisor: Option<Id>) -> &[Event] {
        self.events.get(&supervisor).map_or(&[], Vec::as_slice)
    }
}

/// The first place where two traces are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) supervisor: Option<Id>,
    /// How many events before it are the same.
    pub(super) same: usize,
    /// After which step of the script.
    pub(super) step: u32,
}

impl Difference {
    /// Compares; the first difference is one after the earliest step, and of those the one furthest down, from where
    /// the others come as a rule.
    pub(super) fn find(ours: &Trace, theirs: &Trace) -> Option<Self> {
        let supervisors: BTreeSet<_> = ours.events.keys().chain(theirs.events.keys()).copied().collect();
        let found = supervisors.into_iter().rev().filter_map(|supervisor| Self::of_one(supervisor, ours, theirs));
        found.min_by_key(|found| found.step)
    }

    fn of_one(supervisor: Option<Id>, ours: &Trace, theirs: &Trace) -> Option<Self> {
        let (ours, theirs) = (ours.of(supervisor), theirs.of(supervisor));
        let same = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
        let next = ours.get(same).into_iter().chain(theirs.get(same));
        let step = next.map(|event| event.step).min()?;
        Some(Self { supervisor, same, step })
    }

    /// What the supervisor saw on both sides, side by side, up to a few events beyond the difference.
    pub(super) fn show(&self, scenario: &Scenario, ours: &Trace, theirs: &Trace) -> String {
        let whose = match self.supervisor {
            Some(id) => format!("s{id}"),
            None => "whoever started the root".to_owned(),
        };
        let (ours, theirs) = (ours.of(self.supervisor), theirs.of(self.supervisor));
        let shown = ours.len().max(theirs.len()).min(self.same + 6);
        let mut text = format!("what {whose} saw:\n    {:40}  {}\n", "ours", "OTP");
        for index in 0..shown {
            let cell = |events: &[Event]| events.get(index).map_or_else(String::new, |event| event.show(scenario));
            let mark = if index == self.same { "->" } else { "  " };
            text.push_str(format!(" {mark} {:40}  {}", cell(ours), cell(theirs)).trim_end());
            text.push('\n');
        }
        text
    }
}

impl Event {
    fn show(&self, scenario: &Scenario) -> String {
        format!("step {:2}: {}#{} {}", self.step, scenario.name(self.child), self.life, self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starts => f.write_str("starts"),
            Self::Fails => f.write_str("fails to start"),
            Self::Ignores => f.write_str("has nothing to start"),
            Self::Ended { class, farewell: true } => write!(f, "ended: {class}, terminate ran"),
            Self::Ended { class, farewell: false } => write!(f, "ended: {class}"),
        }
    }
}

#[cfg(test)]
mod tests;
