//! Who has which trial, and for how long: the decisions about leases, as pure functions of what stands in the table,
//! the time, and what is asked or told.
//!
//! ```text
//!              ask                 time passes
//! (nobody) ----------> held -------------------> lapsed
//!     ^                 | ^                       | |
//!     |   answered      | '-- any word of its ----' |
//!     '-----------------'     own worker            | another worker asks
//!                                                   v
//!                                        held by the other one
//! ```
//!
//! The rules (leases after Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache
//! Consistency", 1989):
//!
//! - A trial has one holder at a time. A lease that ran out makes the trial free for the next who asks; until somebody
//!   does, its worker may still renew, report and tell, because nothing is gained by throwing its work away.
//! - Once another worker has the trial, nothing that the first one says counts.
//! - A worker has one trial. If it asks again while it has one whose work is open it gets the same one under the same
//!   lease: either the answer was lost on its way, or the worker was started again. So a question may be repeated.
//! - The table is forgotten with the process. A lease that it does not know counts as long as nobody else was given the
//!   trial: the lease is then taken into the table again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use foundation_core::port::clock::Monotonic;

use super::ahead::Ahead;
use super::lease::LeaseId;

/// How many leases are remembered that ended with an answer.
const REMEMBERED: usize = 4_096;

/// A lease in the table.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) id: LeaseId,
    /// Whose it is; none where it was taken in again from its name.
    worker: Option<String>,
    /// The number that stands for the worker in the study's log.
    pub(crate) agent: u32,
    until: Monotonic,
    /// Its worker will not measure it.
    is_given_back: bool,
    /// When the piece of work at hand began.
    pub(crate) since: Monotonic,
    /// The steps that the worker repeats because somebody else had done them and vanished.
    pub(crate) repeated: u64,
    pub(crate) ahead: Ahead,
}

impl Lease {
    /// Whether its worker may have reported values that stand here no more: the lease was taken in again from its name,
    /// and no value was noted since.
    pub(crate) fn may_lack_values(&self) -> bool {
        self.worker.is_none() && self.ahead.has_heard_nothing()
    }
}

/// A worker that asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) worker: &'a str,
    pub(crate) length: Duration,
    pub(crate) nonce: u64,
}

/// A trial whose work is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) trial: u64,
    /// How many steps it has had.
    pub(crate) from_epoch: u32,
}

/// The answer to a worker that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// It has this trial.
    Trial { id: LeaseId, until: Monotonic, was: Was },
    /// Every open trial is in somebody's hands; the first of these leases runs out then.
    Nothing { until: Option<Monotonic> },
}

/// What a trial was before it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Was {
    /// Nobody's.
    Free,
    /// In the hands of a worker whose lease ran out.
    Lapsed,
    /// The same worker's.
    Theirs,
}

/// How a trial stands in the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its answer is waited for.
    Awaited {
        /// The fingerprint of its parameters.
        params: u64,
    },
    /// It needs nobody's answer: it has one, or the study has decided against it.
    Settled,
}

/// Whether a worker's word counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// It does; the lease runs anew.
    Counts,
    /// The trial needs nobody's word any more; `ended_it` where it was this lease under which it was answered.
    Settled { ended_it: bool },
    /// Somebody else has the trial.
    Lost,
    /// The lease is of another study's trial with that number.
    Foreign,
}

/// The leases of a study.
#[derive(Debug, Default)]
pub(crate) struct LeaseTable {
    leases: BTreeMap<u64, Lease>,
    workers: BTreeMap<String, u64>,
    answered: VecDeque<LeaseId>,
}

impl LeaseTable {
    /// Whether a worker has a trial.
    pub(crate) fn has(&self, worker: &str) -> bool {
        self.workers.contains_key(worker)
    }

    /// A worker asks; `open` are the trials whose work is open, the one that is wanted first in front, and `params`
    /// answers the fingerprint of one's parameters.
    pub(crate) fn ask(&mut self, now: Monotonic, wish: Wish<'_>, open: &[Open], params: impl Fn(u64) -> u64) -> Given {
        if let Some(trial) = self.workers.get(wish.worker).copied() {
            if let Some(found) = open.iter().find(|open| open.trial == trial) {
                return self.give_again(now, wish, *found, params);
            }
            // It waits for the study's decision, and needs nobody until then.
            self.release(trial);
        }
        let mut first_end: Option<Monotonic> = None;
        for found in open {
            let was = match self.leases.get(&found.trial) {
                None => Was::Free,
                Some(held) if held.until <= now => Was::Lapsed,
                Some(held) => {
                    first_end = Some(first_end.map_or(held.until, |end| end.min(held.until)));
                    continue;
                }
            };
            return self.give(now, wish, *found, was, params);
        }
        Given::Nothing { until: first_end }
    }

    fn give_again(&mut self, now: Monotonic, wish: Wish<'_>, found: Open, params: impl Fn(u64) -> u64) -> Given {
        let Some(held) = self.leases.get_mut(&found.trial) else {
            return self.give(now, wish, found, Was::Free, params);
        };
        let until = now + held.id.length();
        held.until = until;
        held.is_given_back = false;
        // It begins anew, or has not begun.
        held.ahead = Ahead::default();
        Given::Trial { id: held.id, until, was: Was::Theirs }
    }

    fn give(&mut self, now: Monotonic, wish: Wish<'_>, found: Open, was: Was, params: impl Fn(u64) -> u64) -> Given {
        self.release(found.trial);
        let id = LeaseId::new(found.trial, wish.length, params(found.trial), wish.nonce);
        let until = now + wish.length;
        self.hold(now, id, Some(wish.worker.to_owned()), u64::from(found.from_epoch));
        Given::Trial { id, until, was }
    }

    fn hold(&mut self, now: Monotonic, id: LeaseId, worker: Option<String>, repeated: u64) {
        let agent = self.free_agent();
        if let Some(worker) = &worker {
            self.workers.insert(worker.clone(), id.trial());
        }
        let until = now + id.length();
        let held =
            Lease { id, worker, agent, until, is_given_back: false, since: now, repeated, ahead: Ahead::default() };
        self.leases.insert(id.trial(), held);
    }

    /// The lowest number that no holder has.
    fn free_agent(&self) -> u32 {
        let taken: std::collections::BTreeSet<u32> = self.leases.values().map(|lease| lease.agent).collect();
        (0..).find(|agent| !taken.contains(agent)).unwrap_or(u32::MAX)
    }

    /// A worker speaks of its trial: it lives, and works on it.
    pub(crate) fn word(&mut self, now: Monotonic, id: LeaseId, standing: Standing) -> Word {
        let params = match standing {
            Standing::Settled => return Word::Settled { ended_it: self.answered.contains(&id) },
            Standing::Awaited { params } => params,
        };
        if !id.is_on(params) {
            return Word::Foreign;
        }
        match self.leases.get_mut(&id.trial()) {
            Some(held) if held.id == id => {
                if !held.is_given_back {
                    held.until = now + id.length();
                }
                Word::Counts
            }
            Some(_) => Word::Lost,
            None => {
                self.hold(now, id, None, 0);
                Word::Counts
            }
        }
    }

    /// The lease on a trial.
    pub(crate) fn on(&mut self, trial: u64) -> Option<&mut Lease> {
        self.leases.get_mut(&trial)
    }

    /// A trial was answered under its lease.
    pub(crate) fn answer(&mut self, trial: u64) {
        if let Some(ended) = self.release(trial) {
            if self.answered.len() == REMEMBERED {
                self.answered.pop_front();
            }
            self.answered.push_back(ended.id);
        }
    }

    /// A worker gives its trial back: it is free for the next one that asks, as if the lease had run out, and stays so
    /// whatever it still says, such as a renewal that was on its way. Answers whether it had it.
    pub(crate) fn give_back(&mut self, now: Monotonic, id: LeaseId) -> bool {
        let held = self.leases.get_mut(&id.trial()).filter(|held| held.id == id && held.until > now);
        let Some(held) = held else { return false };
        held.until = now;
        held.is_given_back = true;
        true
    }

    /// Nobody has the trial any more.
    pub(crate) fn release(&mut self, trial: u64) -> Option<Lease> {
        let ended = self.leases.remove(&trial)?;
        if let Some(worker) = &ended.worker {
            self.workers.remove(worker);
        }
        Some(ended)
    }

    /// The trials that somebody has, or had until the lease ran out.
    pub(crate) fn trials(&self) -> impl Iterator<Item = u64> {
        self.leases.keys().copied()
    }

    /// The trials with values that the study has not taken in.
    pub(crate) fn ahead(&self) -> impl Iterator<Item = (u64, &Lease)> {
        self.leases.iter().filter(|(_, lease)| !lease.ahead.is_empty()).map(|(trial, lease)| (*trial, lease))
    }
}

#[cfg(test)]
mod tests;
