//! Who proposes: the samplers of a study, as its description names them and as they are built from it.

use std::fmt;
use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::sampler::Sampler;
use crate::agent::{Bidder, Bidding};
use crate::market::{Allocation, Terms};

/// More members than this say nothing that fewer do not.
const MOST_MEMBERS: usize = 64;
/// What each member of a team begins with, in units.
const DEFAULT_CREDIT: u64 = 1_000;

/// One member of a team: a sampler with its settings, under a name of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// What it is called in the log, in accounts and in metrics. No two members of a team share it.
    pub name: String,
    /// The sampler's name.
    pub sampler: String,
    /// The sampler's settings; null for those by default at the time the study was begun with an older version.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub settings: serde_json::Value,
}

/// The samplers of a study and how trials are shared among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamConfig {
    /// The members. Their order is part of the study: equal bids, and equal turns, go to the first.
    pub members: Vec<Member>,
    /// How a start finds its owner among several members, and what promotions pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Terms>,
}

impl TeamConfig {
    /// A team of one.
    #[must_use]
    pub fn one(sampler: impl Into<String>, settings: serde_json::Value) -> Self {
        let sampler = sampler.into();
        Self { members: vec![Member { name: sampler.clone(), sampler, settings }], market: None }
    }

    /// Checks the team.
    ///
    /// # Errors
    /// `InvalidStudy` for no member, too many, an empty name or one that stands there twice.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::new(Code::InvalidStudy, format!("team: {what}")));
        if self.members.is_empty() || self.members.len() > MOST_MEMBERS {
            return wrong(format!("{} samplers; 1 to {MOST_MEMBERS} can work", self.members.len()));
        }
        for (at, member) in self.members.iter().enumerate() {
            if member.name.is_empty() {
                return wrong(format!("member {at} has an empty name"));
            }
            if self.members[..at].iter().any(|other| other.name == member.name) {
                return wrong(format!("two members are called `{}`", member.name));
            }
        }
        match &self.market {
            None if self.members.len() > 1 => return wrong("several members need a market".to_owned()),
            Some(terms) if terms.members as usize != self.members.len() => {
                return wrong(format!("a market of {} for {} members", terms.members, self.members.len()));
            }
            Some(terms) => terms.check().map_err(|error| error.during("check the team's market"))?,
            None => {}
        }
        Ok(())
    }
}

impl TeamConfig {
    /// Says whose settings differ from those of another team with the same members, one line a member. What was
    /// written without settings is equal to any.
    pub(super) fn other_settings(&self, other: &Self) -> Vec<String> {
        let differ = |(ours, theirs): &(&Member, &Member)| {
            !ours.settings.is_null() && !theirs.settings.is_null() && ours.settings != theirs.settings
        };
        let pairs = self.members.iter().zip(&other.members).filter(differ);
        let line = |(ours, theirs): (&Member, &Member)| {
            format!("the settings of sampler `{}` were {}, are {} now", ours.name, ours.settings, theirs.settings)
        };
        pairs.map(line).collect()
    }
}

impl fmt::Display for TeamConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, member) in self.members.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(&member.name)?;
            if member.sampler != member.name {
                write!(f, " ({})", member.sampler)?;
            }
        }
        if let Some(terms) = &self.market {
            write!(f, "; {} with {} units each", terms.allocation, terms.credit)?;
            let usual = Terms::new(terms.members, terms.credit, terms.allocation);
            if *terms != usual {
                write!(f, ", dividend {}, levy {}, turn {}", terms.dividend, terms.levy, terms.turn)?;
            }
        }
        Ok(())
    }
}

/// The samplers of a study, ready to propose.
///
/// ```
/// use std::sync::Arc;
/// use mabeam::{RandomSampler, Team, TpeSampler};
///
/// let team = Team::new().member("tpe", Arc::new(TpeSampler::default())).member("random", Arc::new(RandomSampler));
/// assert_eq!(team.config().to_string(), "tpe, random; second_price with 1000 units each");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a team proposes for the study it is given to"]
pub struct Team {
    members: Vec<TeamMember>,
    allocation: Allocation,
    credit: u64,
}

/// One member, ready to propose and to bid.
#[derive(Clone, Debug)]
pub(super) struct TeamMember {
    pub(super) name: String,
    pub(super) sampler: Arc<dyn Sampler>,
    pub(super) bidding: Arc<dyn Bidding>,
}

impl Default for Team {
    fn default() -> Self {
        Self { members: Vec::new(), allocation: Allocation::default(), credit: DEFAULT_CREDIT }
    }
}

impl Team {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A team of one, under the sampler's own name.
    pub fn one(sampler: Arc<dyn Sampler>) -> Self {
        Self::new().member(sampler.name(), sampler)
    }

    /// Adds a member under a name of its own. It bids what a start is worth to it, as [`Bidder`] says.
    pub fn member(self, name: impl Into<String>, sampler: Arc<dyn Sampler>) -> Self {
        self.member_that_bids(name, sampler, Arc::new(Bidder::default()))
    }

    /// Adds a member with a policy of its own for bids. Its bids stand in the log, its policy does not.
    pub fn member_that_bids(
        mut self,
        name: impl Into<String>,
        sampler: Arc<dyn Sampler>,
        bidding: Arc<dyn Bidding>,
    ) -> Self {
        self.members.push(TeamMember { name: name.into(), sampler, bidding });
        self
    }

    /// How starts are shared among several members. Default [`Allocation::SecondPrice`].
    pub fn allocation(mut self, allocation: Allocation) -> Self {
        self.allocation = allocation;
        self
    }

    /// What each of several members has in the beginning, in units. Default 1,000.
    pub fn credit(mut self, credit: u64) -> Self {
        self.credit = credit;
        self
    }

    /// How the team stands in a study's description.
    #[must_use]
    pub fn config(&self) -> TeamConfig {
        let member = |member: &TeamMember| Member {
            name: member.name.clone(),
            sampler: member.sampler.name().to_owned(),
            settings: member.sampler.settings(),
        };
        let is_team = self.members.len() > 1;
        let terms = || Terms::new(self.members.len() as u32, self.credit, self.allocation);
        TeamConfig { members: self.members.iter().map(member).collect(), market: is_team.then(terms) }
    }

    /// The members, in order.
    pub(super) fn members(&self) -> &[TeamMember] {
        &self.members
    }
}
