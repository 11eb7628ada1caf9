//! Who waits for whom, and who does not get on: found by comparing two looks at all processes.
//!
//! A call that waits for its caller's own answer, directly or around a ring, ends only at its deadline; a handler that
//! computes without an await holds its thread and cannot be killed. Neither is an error that anybody returns, so it is
//! looked for: [`Runtime::census`](crate::Runtime::census) takes down what every process does, and
//! [`Census::since`] names those that did the same all the time between two of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::event::ProcessRef;
use crate::port::clock::Monotonic;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// It sleeps until mail comes.
    Idle,
    /// It has a message at hand, or mail that waits for a thread, or is in its `init` or `terminate`.
    Busy,
    /// Its code is on a thread at this moment.
    OnThread,
    /// It waits for the answer to a call.
    Calling {
        /// The number of the process that it called.
        callee: u64,
    },
    /// It was [paused](crate::Address::pause) and waits to be resumed.
    Paused,
    /// It does not run.
    Down,
}

/// A process at the time of a census.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// The process and its present or last life.
    pub process: ProcessRef,
    /// What kind of process it is.
    pub name: &'static str,
    /// What it does.
    pub activity: Activity,
    /// How many messages wait in its mailbox.
    pub mailbox_len: usize,
    /// How many messages and notices it took up, in all its lives: one that rises gets on.
    pub turns: u64,
    /// Bytes that it has told of as its own.
    pub memory_bytes: i64,
}

/// Every process of a runtime at one time, by number.
#[derive(Clone, Debug)]
pub struct Census {
    /// When it was taken.
    pub at: Monotonic,
    /// The processes, by number. Read one after the other, so two of them may not have stood so at one moment.
    pub processes: Vec<ProcessInfo>,
}

/// Something that does not get on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Each waits for the next one's answer, and the last one for the first one's.
    CallCycle {
        /// The ring, from its lowest number on.
        ring: Vec<Party>,
    },
    /// It has taken no turn, though it has one at hand or mail that waits.
    Stuck {
        /// The process.
        process: Party,
        /// Whose answer it waits for, where it called somebody.
        waits_for: Option<Party>,
        /// For how long at least.
        span: Duration,
    },
    /// As stuck, and its code was on a thread both times: most likely it computes without an await. It cannot be
    /// killed, and belongs on a thread of its own.
    Spinning {
        /// The process.
        process: Party,
        /// For how long at least.
        span: Duration,
    },
}

/// A process that is named in a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// The process and its life.
    pub process: ProcessRef,
    /// What kind of process it is.
    pub name: &'static str,
}

impl Census {
    /// What has not got on since `earlier`: rings of calls first, then single processes by number. Those of a ring are
    /// not named again as stuck.
    ///
    /// The longer the time between the two, the surer a finding: a process that only handles a long message is named
    /// too.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Vec<Finding> {
        let before: BTreeMap<u64, &ProcessInfo> =
            earlier.processes.iter().map(|info| (info.process.process, info)).collect();
        let still: BTreeMap<u64, &ProcessInfo> = self
            .processes
            .iter()
            .filter(|info| before.get(&info.process.process).is_some_and(|before| stands_still(before, info)))
            .map(|info| (info.process.process, info))
            .collect();
        let span = self.at.since(earlier.at);
        let rings = rings(&still);
        let in_rings: BTreeSet<u64> = rings.iter().flatten().copied().collect();
        let party = |number: &u64| still.get(number).map(|info| info.party());
        let cycles = rings.iter().map(|ring| Finding::CallCycle { ring: ring.iter().filter_map(party).collect() });
        let single = still.values().filter(|info| !in_rings.contains(&info.process.process)).map(|info| {
            let was_on_thread =
                before.get(&info.process.process).is_some_and(|info| info.activity == Activity::OnThread);
            match info.activity {
                Activity::OnThread if was_on_thread => Finding::Spinning { process: info.party(), span },
                Activity::Calling { callee } => {
                    let callee = self.processes.iter().find(|other| other.process.process == callee);
                    Finding::Stuck { process: info.party(), waits_for: callee.map(ProcessInfo::party), span }
                }
                _ => Finding::Stuck { process: info.party(), waits_for: None, span },
            }
        });
        cycles.chain(single).collect()
    }
}

impl ProcessInfo {
    fn party(&self) -> Party {
        Party { process: self.process, name: self.name }
    }

    fn callee(&self) -> Option<u64> {
        if let Activity::Calling { callee } = self.activity { Some(callee) } else { None }
    }
}

/// One life that took no turn, and is not waiting for mail or told to wait.
fn stands_still(before: &ProcessInfo, now: &ProcessInfo) -> bool {
    let rests = |info: &ProcessInfo| matches!(info.activity, Activity::Idle | Activity::Paused | Activity::Down);
    before.process == now.process
        && before.turns == now.turns
        && !rests(before)
        && !rests(now)
        && before.callee() == now.callee()
}

/// The rings of who waits for whom. Each process waits for one other at most, so following the steps from anywhere
/// either ends or goes around.
fn rings(still: &BTreeMap<u64, &ProcessInfo>) -> Vec<Vec<u64>> {
    let mut seen = BTreeSet::new();
    let mut rings = Vec::new();
    for start in still.keys() {
        let mut path = Vec::new();
        let mut next = Some(*start);
        while let Some(number) = next.filter(|number| still.contains_key(number) && seen.insert(*number)) {
            path.push(number);
            next = still.get(&number).and_then(|info| info.callee());
        }
        // Where the path bit its own tail, that part is a ring. One met before belongs to an earlier path.
        if let Some(from) = next.and_then(|number| path.iter().position(|other| *other == number)) {
            let mut ring = path.split_off(from);
            let lowest = ring.iter().enumerate().min_by_key(|(_, number)| **number).map_or(0, |(index, _)| index);
            ring.rotate_left(lowest);
            rings.push(ring);
        }
    }
    rings.sort();
    rings
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}.{})", self.name, self.process.process, self.process.incarnation)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CallCycle { ring } => {
                for party in ring {
                    write!(f, "{party} waits for the answer of ")?;
                }
                match ring.first() {
                    Some(first) => write!(f, "{first}: a cycle of calls, which only their deadlines end"),
                    None => f.write_str("an empty cycle"),
                }
            }
            Self::Stuck { process, waits_for: Some(callee), span } => {
                write!(f, "{process} has waited for the answer of {callee} for {span:?}")
            }
            Self::Stuck { process, waits_for: None, span } => write!(f, "{process} has taken no turn for {span:?}"),
            Self::Spinning { process, span } => {
                write!(
                    f,
                    "{process} has held a thread for {span:?} without an await, and cannot be killed before it does"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
