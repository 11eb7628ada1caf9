//! Who proposes: the samplers of a study, as its description names them and as they are built from it.

use std::fmt;
use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::sampler::Sampler;

/// More members than this say nothing that fewer do not.
const MOST_MEMBERS: usize = 64;

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
}

impl TeamConfig {
    /// A team of one.
    #[must_use]
    pub fn one(sampler: impl Into<String>, settings: serde_json::Value) -> Self {
        let sampler = sampler.into();
        Self { members: vec![Member { name: sampler.clone(), sampler, settings }] }
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
        Ok(())
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
            if !member.settings.is_null() {
                write!(f, " {}", member.settings)?;
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
/// assert_eq!(team.config().to_string(), "tpe, random");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a team proposes for the study it is given to"]
pub struct Team {
    members: Vec<(String, Arc<dyn Sampler>)>,
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

    /// Adds a member under a name of its own.
    pub fn member(mut self, name: impl Into<String>, sampler: Arc<dyn Sampler>) -> Self {
        self.members.push((name.into(), sampler));
        self
    }

    /// How the team stands in a study's description.
    #[must_use]
    pub fn config(&self) -> TeamConfig {
        let member = |(name, sampler): &(String, Arc<dyn Sampler>)| Member {
            name: name.clone(),
            sampler: sampler.name().to_owned(),
            settings: serde_json::Value::Null,
        };
        TeamConfig { members: self.members.iter().map(member).collect() }
    }

    /// The members' names and samplers, in order.
    pub(super) fn samplers(&self) -> &[(String, Arc<dyn Sampler>)] {
        &self.members
    }
}
