//! Who works on what, and who waits for work. Known to this life of the scheduler only; the study does not depend on
//! it.

use std::collections::BTreeMap;

use foundation_core::Reply;

use super::super::state::{Slot, StudyState};
use super::{Claimed, Work};

/// An agent that waits.
#[derive(Debug)]
struct Claim {
    holding: Vec<u64>,
    reply: Reply<Claimed>,
}

/// The agents of a study.
#[derive(Debug, Default)]
pub(super) struct Desk {
    waiting: BTreeMap<u32, Claim>,
    /// Slot to agent.
    working: BTreeMap<u32, u32>,
    /// Trials that only one agent can go on with, and that agent.
    homes: BTreeMap<u64, u32>,
}

impl Desk {
    /// An agent asks for work. Answers the slots whose work it had and no longer has.
    pub(super) fn claim(&mut self, agent: u32, holding: Vec<u64>, reply: Reply<Claimed>) -> Vec<u32> {
        let lost: Vec<u32> = self.working.iter().filter(|(_, a)| **a == agent).map(|(slot, _)| *slot).collect();
        for slot in &lost {
            self.working.remove(slot);
        }
        self.hold(agent, &holding);
        self.waiting.insert(agent, Claim { holding, reply });
        lost
    }

    /// A slot's work was reported.
    pub(super) fn done(&mut self, slot: u32) {
        self.working.remove(&slot);
    }

    /// Gives open work to waiting agents, the work that ends first to the agent of the lowest number.
    pub(super) fn hand_out(&mut self, state: &StudyState) {
        if state.is_finished() {
            for (_, claim) in std::mem::take(&mut self.waiting) {
                claim.reply.send(Claimed::Finished);
            }
            return;
        }
        for slot in self.open(state) {
            while let Some(agent) = self.agent_for(state, slot) {
                let (Some(claim), Some(work)) = (self.waiting.remove(&agent), work_of(state, slot)) else { break };
                let over = over(&claim.holding, state);
                // An agent that died meanwhile does not hear it: then it is somebody else's.
                if claim.reply.send(Claimed::Work { work: Box::new(work), over }) {
                    self.working.insert(slot, agent);
                    break;
                }
                self.homes.retain(|_, home| *home != agent);
            }
        }
    }

    /// An agent holds these trials: nobody else can go on with them.
    pub(super) fn hold(&mut self, agent: u32, holding: &[u64]) {
        self.homes.retain(|_, home| *home != agent);
        self.homes.extend(holding.iter().map(|trial| (*trial, agent)));
    }

    /// What an agent that has just reported does next, if there is something for it at once; it holds the trials named.
    pub(super) fn next_for(&mut self, agent: u32, holding: &[u64], state: &StudyState) -> Option<Claimed> {
        if state.is_finished() {
            return Some(Claimed::Finished);
        }
        let is_free = |slot: &u32| {
            let job = state.slots()[*slot as usize].open_job();
            job.is_some_and(|job| self.homes.get(&job.trial).is_none_or(|home| *home == agent))
        };
        let slot = self.open(state).into_iter().find(is_free)?;
        let work = work_of(state, slot)?;
        self.working.insert(slot, agent);
        Some(Claimed::Work { work: Box::new(work), over: over(holding, state) })
    }

    /// The slots whose work nobody does, the work that ends first in front.
    fn open(&self, state: &StudyState) -> Vec<u32> {
        let slots = state.slots().iter().zip(0_u32..).filter(|(slot, _)| slot.open_job().is_some());
        let mut open: Vec<(u64, u32)> = slots.map(|(slot, index)| (Slot::time(slot), index)).collect();
        open.retain(|(_, slot)| !self.working.contains_key(slot));
        open.sort_unstable();
        open.into_iter().map(|(_, slot)| slot).collect()
    }

    /// The waiting agent that is to do a slot's work, if there is one.
    fn agent_for(&self, state: &StudyState, slot: u32) -> Option<u32> {
        let job = state.slots()[slot as usize].open_job()?;
        match self.homes.get(&job.trial) {
            // Where its agent is busy with another slot, it will ask.
            Some(home) => self.waiting.contains_key(home).then_some(*home),
            None => self.waiting.keys().next().copied(),
        }
    }
}

/// Those of the trials that nobody needs any more.
fn over(trials: &[u64], state: &StudyState) -> Vec<u64> {
    let is_over = |trial: &u64| state.trials().get(*trial as usize).is_none_or(|trial| trial.state.is_over());
    trials.iter().copied().filter(is_over).collect()
}

pub(super) fn work_of(state: &StudyState, slot: u32) -> Option<Work> {
    let job = state.slots()[slot as usize].open_job()?.clone();
    let trial = &state.trials()[job.trial as usize];
    let (checkpoints, legs) = (state.checkpoints_for(trial.id), state.legs_of(trial.id, job.to_epoch));
    let is_last_rung = job.rung + 1 == state.config().schedule.rungs().len();
    let goals = state.config().goals.iter().map(|goal| goal.name.clone()).collect();
    let last_epoch = state.config().schedule.last_rung();
    Some(Work { slot, job, params: trial.params.clone(), checkpoints, legs, is_last_rung, goals, last_epoch })
}
