//! A vote under way: ballots, their count, and what is decided.

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::ballot::{Ballot, Confidence, Electorate};

/// What it takes to be accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VotingRule {
    /// More than half of those entitled are in favour. This is the default.
    #[default]
    Majority,
    /// At least `quorum` of those entitled cast a ballot, and more than half of those who did are in favour. The one
    /// rule under which an absent voter beyond the quorum is not counted.
    Quorum {
        /// How many ballots are needed.
        quorum: u32,
    },
    /// The confidence of those in favour is larger than that of those against, where whoever casts nothing counts as
    /// against with full confidence.
    ConfidenceWeighted,
}

/// What was cast so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many may vote.
    pub entitled: u32,
    /// How many are in favour.
    pub in_favour: u32,
    /// How many are against.
    pub against: u32,
    /// The confidence of those in favour, added up, in per mille.
    pub confidence_in_favour: u64,
    /// The confidence of those against, added up, in per mille.
    pub confidence_against: u64,
}

impl Tally {
    /// How many did not vote yet.
    #[must_use]
    pub fn absent(&self) -> u32 {
        self.entitled - self.in_favour - self.against
    }

    fn with(mut self, accept: bool, confidence: Confidence, voters: u32) -> Self {
        let confidence = u64::from(confidence.per_mille()) * u64::from(voters);
        if accept {
            self.in_favour += voters;
            self.confidence_in_favour += confidence;
        } else {
            self.against += voters;
            self.confidence_against += confidence;
        }
        self
    }

    /// Whether it is accepted if nobody votes any more.
    #[must_use]
    fn is_accepted(&self, rule: VotingRule) -> bool {
        match rule {
            VotingRule::Majority => self.in_favour > self.entitled / 2,
            VotingRule::Quorum { quorum } => self.in_favour + self.against >= quorum && self.in_favour > self.against,
            VotingRule::ConfidenceWeighted => {
                let full = u64::from(Confidence::FULL.per_mille());
                self.confidence_in_favour > self.confidence_against + full * u64::from(self.absent())
            }
        }
    }
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Nothing: those who did not vote yet can still turn it.
    Open,
    /// It is accepted, whatever the others vote.
    Accepted,
    /// It is refused, whatever the others vote.
    Refused,
}

/// A vote: who may take part, by which rule it is counted, and what was cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    electorate: Electorate,
    rule: VotingRule,
    ballots: Vec<Ballot>,
}

impl Poll {
    /// A vote in which nobody voted yet.
    #[must_use]
    pub fn new(electorate: Electorate, rule: VotingRule) -> Self {
        Self { electorate, rule, ballots: Vec::new() }
    }

    /// Takes a ballot in.
    ///
    /// # Errors
    /// `InvalidInput` where the voter is not entitled, `Conflict` where it voted before; the vote is then as it was.
    pub fn cast(&mut self, ballot: Ballot) -> Result<()> {
        if !self.electorate.includes(&ballot.voter) {
            let what = format!("vote as `{}`: it was not entitled when the vote began", ballot.voter);
            return Err(Error::new(Code::InvalidInput, what));
        }
        if self.ballot_of(&ballot.voter).is_some() {
            return Err(Error::new(Code::Conflict, format!("vote as `{}`: it voted before", ballot.voter))
                .advise("a vote that is cast stays"));
        }
        self.ballots.push(ballot);
        Ok(())
    }

    /// Who may vote.
    #[must_use]
    pub fn electorate(&self) -> &Electorate {
        &self.electorate
    }

    /// By which rule votes are counted.
    #[must_use]
    pub fn rule(&self) -> VotingRule {
        self.rule
    }

    /// What was cast, in the order of casting.
    #[must_use]
    pub fn ballots(&self) -> &[Ballot] {
        &self.ballots
    }

    /// What a voter cast.
    #[must_use]
    pub fn ballot_of(&self, voter: &str) -> Option<&Ballot> {
        self.ballots.iter().find(|ballot| ballot.voter == voter)
    }

    /// The count so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let nobody = Tally { entitled: self.electorate.size(), ..Tally::default() };
        self.ballots.iter().fold(nobody, |tally, ballot| tally.with(ballot.accept, ballot.confidence, 1))
    }

    /// What is decided while votes may still come: the answer is not [`Resolution::Open`] as soon as no further vote
    /// can change it.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        let tally = self.tally();
        let absent = tally.absent();
        // Every rule rises with votes in favour and falls with those against, so the extremes decide; under a quorum
        // also that all the others stay away.
        let best = tally.with(true, Confidence::FULL, absent).is_accepted(self.rule);
        let worst = tally.with(false, Confidence::FULL, absent).is_accepted(self.rule) && tally.is_accepted(self.rule);
        match (best, worst) {
            (_, true) => Resolution::Accepted,
            (false, _) => Resolution::Refused,
            (true, false) => Resolution::Open,
        }
    }

    /// What is decided if nobody votes any more: never [`Resolution::Open`].
    #[must_use]
    pub fn close(&self) -> Resolution {
        if self.tally().is_accepted(self.rule) { Resolution::Accepted } else { Resolution::Refused }
    }
}

#[cfg(test)]
mod tests;
