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
        self.homes.retain(|_, home| *home != agent);
        self.homes.extend(holding.iter().map(|trial| (*trial, agent)));
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
        let mut open: Vec<(u64, u32)> = state
            .slots()
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.open_job().is_some())
            .map(|(index, slot)| (Slot::time(slot), index as u32))
            .filter(|(_, slot)| !self.working.contains_key(slot))
            .collect();
        open.sort_unstable();
        for (_, slot) in open {
            while let Some(agent) = self.agent_for(state, slot) {
                let (Some(claim), Some(work)) = (self.waiting.remove(&agent), work_of(state, slot)) else { break };
                let is_over = |trial: &u64| state.trials().get(*trial as usize).is_none_or(|t| t.state.is_over());
                let over = claim.holding.iter().copied().filter(is_over).collect();
                // An agent that died meanwhile does not hear it: then it is somebody else's.
                if claim.reply.send(Claimed::Work { work: Box::new(work), over }) {
                    self.working.insert(slot, agent);
                    break;
                }
                self.homes.retain(|_, home| *home != agent);
            }
        }
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

fn work_of(state: &StudyState, slot: u32) -> Option<Work> {
    let job = state.slots()[slot as usize].open_job()?.clone();
    let trial = &state.trials()[job.trial as usize];
    let checkpoints =
        trial.rungs.iter().rev().filter_map(|reached| Some((reached.epochs, reached.checkpoint.clone()?))).collect();
    let is_last_rung = job.rung + 1 == state.config().scheduler.rungs.len();
    Some(Work { slot, job, params: trial.params.clone(), checkpoints, is_last_rung })
}
