//! The state of a variable: a fold over its events, and the decisions that rest on it.

use foundation_core::{Code, Error, Result};
use serde_json::Value;

use super::event::{Draft, Proposed, VariableEvent, Voted};
use crate::coordination::{Ballot, Poll, Resolution};

/// How far a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It is voted on.
    Open,
    /// It was accepted and gave the variable this version.
    Committed {
        /// The version.
        version: u64,
    },
    /// It was not accepted.
    Refused,
    /// Another proposal against the same version was committed first and gave the variable this version.
    Superseded {
        /// The version.
        by: u64,
    },
}

/// A proposal with its votes, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number, from 0 in the order of the log.
    pub id: u64,
    /// The proposed value.
    pub value: Value,
    /// Who proposed it.
    pub proposer: String,
    /// The version it was made against.
    pub base: u64,
    /// Who votes, and what was cast.
    pub poll: Poll,
    /// How far it is.
    pub state: ProposalState,
}

/// What subscribers are told: the variable has a new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version that it has now.
    pub version: u64,
    /// The value.
    pub value: Value,
    /// Which proposal it was.
    pub proposal: u64,
    /// Who proposed it.
    pub proposer: String,
}

/// A variable as its events tell it. Fresh, it has version 0 and no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariableState {
    proposals: Vec<Proposal>,
    /// The proposals that were committed, in the order of the versions, which begin with 1.
    committed: Vec<u64>,
}

impl VariableState {
    /// A variable to which nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The version: how many changes were committed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.committed.len() as u64
    }

    /// The value; `None` at version 0.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.current().map(|proposal| &proposal.value)
    }

    /// The proposal that gave the variable its value; `None` at version 0.
    #[must_use]
    pub fn current(&self) -> Option<&Proposal> {
        self.committed.last().and_then(|id| self.proposal(*id))
    }

    /// The proposals that were committed, from version 1 on.
    pub fn versions(&self) -> impl Iterator<Item = &Proposal> {
        self.committed.iter().filter_map(|id| self.proposal(*id))
    }

    /// Every proposal, in the order of the log.
    #[must_use]
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    /// The proposal with that number.
    #[must_use]
    pub fn proposal(&self, id: u64) -> Option<&Proposal> {
        usize::try_from(id).ok().and_then(|id| self.proposals.get(id))
    }

    /// Takes in one more event; answers what subscribers are to be told.
    ///
    /// # Errors
    /// `Corrupt` where the event cannot follow those before it: a proposal out of order or against another version, a
    /// vote of somebody not entitled or on what is not open, a commit without the votes or with another version than
    /// the next. The state is then as it was.
    pub fn apply(&mut self, event: &VariableEvent) -> Result<Option<Change>> {
        match event {
            VariableEvent::Proposed(proposed) => self.proposed(proposed).map(|()| None),
            VariableEvent::Voted(Voted { proposal, ballot }) => {
                let poll = &mut self.open_mut(*proposal)?.poll;
                poll.cast(ballot.clone())
                    .map_err(|error| impossible(format!("proposal {proposal}")).caused_by(error))?;
                Ok(None)
            }
            VariableEvent::Committed { proposal, version } => self.commit(*proposal, *version).map(Some),
            VariableEvent::Refused { proposal } => {
                let refused = self.open_mut(*proposal)?;
                if refused.poll.close() != Resolution::Refused {
                    return Err(impossible(format!("proposal {proposal} is refused against its votes")));
                }
                refused.state = ProposalState::Refused;
                Ok(None)
            }
        }
    }

    fn proposed(&mut self, proposed: &Proposed) -> Result<()> {
        let Proposed { proposal, draft } = proposed;
        let (next, version) = (self.proposals.len() as u64, self.version());
        if *proposal != next || draft.base != version {
            return Err(impossible(format!(
                "proposal {proposal} against version {} comes where {next} against {version} could",
                draft.base
            )));
        }
        let Draft { value, proposer, base, electorate, rule } = draft.clone();
        let poll = Poll::new(electorate, rule);
        self.proposals.push(Proposal { id: next, value, proposer, base, poll, state: ProposalState::Open });
        Ok(())
    }

    fn commit(&mut self, id: u64, version: u64) -> Result<Change> {
        if version != self.version() + 1 {
            return Err(impossible(format!("version {version} follows {}", self.version())));
        }
        let proposal = self.open_mut(id)?;
        if proposal.poll.close() != Resolution::Accepted {
            return Err(impossible(format!("proposal {id} is committed against its votes")));
        }
        proposal.state = ProposalState::Committed { version };
        let (value, proposer) = (proposal.value.clone(), proposal.proposer.clone());
        for other in &mut self.proposals {
            if other.state == ProposalState::Open {
                other.state = ProposalState::Superseded { by: version };
            }
        }
        self.committed.push(id);
        Ok(Change { version, value, proposal: id, proposer })
    }

    fn open_mut(&mut self, id: u64) -> Result<&mut Proposal> {
        let found = usize::try_from(id).ok().and_then(|id| self.proposals.get_mut(id));
        match found {
            Some(proposal) if proposal.state == ProposalState::Open => Ok(proposal),
            Some(proposal) => Err(impossible(format!("proposal {id} goes on after it was {:?}", proposal.state))),
            None => Err(impossible(format!("there is no proposal {id}"))),
        }
    }

    /// Decides about a draft: the event that it becomes.
    ///
    /// # Errors
    /// `Conflict` where the variable has another version than the draft's base.
    pub fn propose(&self, draft: Draft) -> Result<VariableEvent> {
        if draft.base != self.version() {
            return Err(Error::new(
                Code::Conflict,
                format!("propose a change of version {}: the variable has version {}", draft.base, self.version()),
            ));
        }
        Ok(VariableEvent::Proposed(Box::new(Proposed { proposal: self.proposals.len() as u64, draft })))
    }

    /// Decides about a ballot: the event that it becomes, `None` where the same ballot was cast before.
    ///
    /// # Errors
    /// `NotFound` where there is no such proposal; `InvalidInput` where the voter is not entitled; `Conflict` where it
    /// voted otherwise before or the proposal is not open any more.
    pub fn vote(&self, proposal: u64, ballot: Ballot) -> Result<Option<VariableEvent>> {
        let found = self.find(proposal)?;
        if found.poll.ballot_of(&ballot.voter) == Some(&ballot) {
            return Ok(None);
        }
        if found.state != ProposalState::Open {
            let what = format!("vote on proposal {proposal}: it is {:?}", found.state);
            return Err(Error::new(Code::Conflict, what).advise("votes count while a proposal is open"));
        }
        found.poll.clone().cast(ballot.clone()).map_err(|error| error.during(format!("proposal {proposal}")))?;
        Ok(Some(VariableEvent::Voted(Voted { proposal, ballot })))
    }

    /// Decides whether a proposal's vote is over: the event that it becomes, `None` where votes that are still missing
    /// can turn it, or where it is over already.
    ///
    /// # Errors
    /// `NotFound` where there is no such proposal.
    pub fn settle(&self, proposal: u64) -> Result<Option<VariableEvent>> {
        let found = self.find(proposal)?;
        Ok(self.ended(found, found.poll.resolution()))
    }

    /// Ends a proposal's vote, absent votes counting as not in favour: the event that it becomes, `None` where it is
    /// over already.
    ///
    /// # Errors
    /// `NotFound` where there is no such proposal.
    pub fn close(&self, proposal: u64) -> Result<Option<VariableEvent>> {
        let found = self.find(proposal)?;
        Ok(self.ended(found, found.poll.close()))
    }

    fn ended(&self, found: &Proposal, resolution: Resolution) -> Option<VariableEvent> {
        if found.state != ProposalState::Open {
            return None;
        }
        let proposal = found.id;
        match resolution {
            Resolution::Open => None,
            Resolution::Accepted => Some(VariableEvent::Committed { proposal, version: self.version() + 1 }),
            Resolution::Refused => Some(VariableEvent::Refused { proposal }),
        }
    }

    fn find(&self, proposal: u64) -> Result<&Proposal> {
        self.proposal(proposal).ok_or_else(|| {
            Error::new(Code::NotFound, format!("proposal {proposal}: the variable has {}", self.proposals.len()))
        })
    }
}

fn impossible(what: String) -> Error {
    Error::new(Code::Corrupt, format!("the variable's log tells an impossible story: {what}"))
}

#[cfg(test)]
mod tests;
