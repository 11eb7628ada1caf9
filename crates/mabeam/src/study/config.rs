//! What a study is: its identity, logged as its first event and never changed.

use foundation_core::port::storage::StreamName;
use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::schedule::{Asha, Schedule};
use super::space::SearchSpace;
use super::team::TeamConfig;
use crate::market::Terms;

/// Whether larger values are better, or smaller ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Larger is better. This is the default.
    #[default]
    Maximize,
    /// Smaller is better.
    Minimize,
}

impl Direction {
    /// The value turned so that larger is better.
    #[must_use]
    pub fn oriented(self, value: f64) -> f64 {
        match self {
            Self::Maximize => value,
            Self::Minimize => -value,
        }
    }
}

/// An objective beside a study's value: what a trial is also measured by, and which values are better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// Its name, not empty.
    pub name: String,
    /// Which values are better.
    pub direction: Direction,
}

/// The description of a study. Two runs with equal descriptions give the same trials, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct StudyConfig {
    /// Its name: letters, digits, `_` and `-`, at most 64 bytes.
    pub name: String,
    /// Where its random numbers come from.
    pub seed: u64,
    /// How many trials are under way at once, in the study's own time. Any number of agents from one to this many
    /// gives the same study.
    pub slots: u32,
    /// What is tuned.
    pub space: SearchSpace,
    /// Which values are better.
    pub direction: Direction,
    /// What trials are measured by besides, in a study of several objectives; those have one rung. Samplers are
    /// asked with a value that weighs all of them by chance; critics and `best` go by the value alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// Who proposes: one sampler, or several that take turns or bid.
    pub team: TeamConfig,
    /// Rungs, and the rule by which trials climb them.
    pub schedule: Schedule,
    /// How many epochs all trials together may be granted; the study ends when nothing fits any more.
    pub budget: u64,
    /// How many trials may be started, if that is limited.
    pub max_trials: Option<u64>,
    /// After how many failed trials a configuration is not tried any more. Default 2.
    #[serde(skip_serializing_if = "is_default_failures")]
    pub max_failures: u32,
    /// How many critics judge what becomes the best, if any.
    #[serde(skip_serializing_if = "is_none")]
    pub critics: u32,
    /// How many seconds the study may run in all, its interruptions not counted, if that is limited. What it reaches
    /// then depends on the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit_s: Option<u64>,
}

/// The form in which a description stands in a log, of this version and of those before.
#[derive(Deserialize)]
struct Written {
    name: String,
    seed: u64,
    slots: u32,
    space: SearchSpace,
    direction: Direction,
    #[serde(default)]
    goals: Vec<Goal>,
    /// Version 1 knew one sampler, by its name.
    #[serde(default)]
    sampler: Option<String>,
    #[serde(default)]
    team: Option<TeamConfig>,
    /// Version 1 knew successive halving alone.
    #[serde(alias = "scheduler")]
    schedule: Schedule,
    budget: u64,
    max_trials: Option<u64>,
    #[serde(default = "default_failures")]
    max_failures: u32,
    #[serde(default)]
    critics: u32,
    #[serde(default)]
    time_limit_s: Option<u64>,
}

pub(super) fn default_failures() -> u32 {
    2
}

fn is_default_failures(failures: &u32) -> bool {
    *failures == default_failures()
}

fn is_none(critics: &u32) -> bool {
    *critics == 0
}

impl TryFrom<Written> for StudyConfig {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let team = match (written.team, written.sampler) {
            (Some(team), None) => team,
            (None, Some(sampler)) => TeamConfig::one(sampler, serde_json::Value::Null),
            _ => {
                let what = format!("read the description of study `{}`: it needs `team`, or `sampler`", written.name);
                return Err(Error::new(Code::Encoding, what));
            }
        };
        Ok(Self {
            name: written.name,
            seed: written.seed,
            slots: written.slots,
            space: written.space,
            direction: written.direction,
            goals: written.goals,
            team,
            schedule: written.schedule,
            budget: written.budget,
            max_trials: written.max_trials,
            max_failures: written.max_failures,
            critics: written.critics,
            time_limit_s: written.time_limit_s,
        })
    }
}

impl StudyConfig {
    /// A study of `space` by TPE, in one rung of one epoch, with 2 slots and a budget of 100 epochs.
    #[must_use]
    pub fn new(name: impl Into<String>, space: SearchSpace) -> Self {
        Self {
            name: name.into(),
            seed: 0,
            slots: 2,
            space,
            direction: Direction::default(),
            goals: Vec::new(),
            team: TeamConfig::one("tpe", serde_json::Value::Null),
            schedule: Asha::single_rung(1).into(),
            budget: 100,
            max_trials: None,
            max_failures: default_failures(),
            critics: 0,
            time_limit_s: None,
        }
    }

    /// Checks the description.
    ///
    /// # Errors
    /// `InvalidStudy`, naming the setting, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        self.schedule.check()?;
        self.team.check().map_err(|error| error.during(format!("check study `{}`", self.name)))?;
        self.stream()?;
        let wrong = |what: String| Err(Error::new(Code::InvalidStudy, format!("study `{}`: {what}", self.name)));
        if self.name.len() > 64 || self.name.contains('.') {
            return wrong("its name has a dot or more than 64 bytes".to_owned());
        }
        if self.slots == 0 {
            return wrong("`slots` is 0, at least 1 is needed".to_owned());
        }
        if self.slots > 10_000 {
            return wrong(format!("`slots` is {}, at most 10000 are allowed", self.slots));
        }
        if self.critics > 1_000 {
            return wrong(format!("{} critics, at most 1000 can judge", self.critics));
        }
        if self.max_trials == Some(0) {
            return wrong("`trials` is 0, at least 1 is needed".to_owned());
        }
        if self.max_failures == 0 {
            return wrong("`max_failures` is 0, at least 1 is needed for a configuration to be tried".to_owned());
        }
        if self.time_limit_s == Some(0) {
            return wrong("its time limit is 0 seconds, at least 1 is needed".to_owned());
        }
        if self.team.market.is_some() && self.schedule.rungs().len() > Terms::MOST_RUNGS as usize {
            return wrong(format!(
                "it has {} rungs; a team's market pays for at most {}",
                self.schedule.rungs().len(),
                Terms::MOST_RUNGS
            ));
        }
        if !self.goals.is_empty() && self.schedule.rungs().len() > 1 {
            return wrong(format!(
                "it has {} objectives and {} rungs; who goes on is decided by one value, so several objectives have \
                 one rung",
                self.goals.len() + 1,
                self.schedule.rungs().len()
            ));
        }
        let is_repeated = |at: usize| self.goals[..at].iter().any(|goal| goal.name == self.goals[at].name);
        if let Some(at) = (0..self.goals.len()).find(|at| self.goals[*at].name.is_empty() || is_repeated(*at)) {
            return wrong(format!("objective `{}` has no name, or one that stands there twice", self.goals[at].name));
        }
        let least = self.schedule.least_budget();
        if self.budget < least {
            let one_trial = self.schedule.last_rung();
            return wrong(match least > u64::from(one_trial) {
                true => format!(
                    "`budget` is {} epochs, too small for its population: {least} are what all members take to the \
                     last rung of {one_trial}",
                    self.budget
                ),
                false => format!(
                    "`budget` is {} epochs, too small for one trial: the last rung takes {one_trial}",
                    self.budget
                ),
            });
        }
        if let Schedule::Pbt(pbt) = &self.schedule {
            let known = |name: &String| self.space.parameters().iter().any(|parameter| parameter.name() == name);
            if let Some(unknown) = pbt.fixed.iter().find(|name| !known(name)) {
                return wrong(format!("`fixed` names `{unknown}`, which is no parameter of its search space"));
            }
        }
        Ok(())
    }

    /// The stream that holds the study's events.
    ///
    /// # Errors
    /// `InvalidStudy` where the name does not fit into a stream's name.
    pub fn stream(&self) -> Result<StreamName> {
        stream_of(&self.name)
    }

    /// Says where this description differs from another, one line a setting; nothing where they are equal.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |setting: &str, ours: String, theirs: String| {
            if ours != theirs {
                found.push(format!("`{setting}` was {ours}, is {theirs} now"));
            }
        };
        let limit = |trials: Option<u64>| trials.map_or_else(|| "unlimited".to_owned(), |n| n.to_string());
        compare("seed", self.seed.to_string(), other.seed.to_string());
        compare("slots", self.slots.to_string(), other.slots.to_string());
        compare("samplers", self.team.to_string(), other.team.to_string());
        compare("budget", self.budget.to_string(), other.budget.to_string());
        compare("trials", limit(self.max_trials), limit(other.max_trials));
        let seconds = |limit: Option<u64>| limit.map_or_else(|| "unlimited".to_owned(), |n| format!("{n} s"));
        compare("max failures", self.max_failures.to_string(), other.max_failures.to_string());
        compare("time limit", seconds(self.time_limit_s), seconds(other.time_limit_s));
        compare("critics", self.critics.to_string(), other.critics.to_string());
        compare("direction", format!("{:?}", self.direction), format!("{:?}", other.direction));
        compare("schedule", self.schedule.to_string(), other.schedule.to_string());
        found.extend(self.team.other_settings(&other.team));
        if self.goals != other.goals {
            found.push("the further objectives are others".to_owned());
        }
        if self.space != other.space {
            found.push("the search space is another".to_owned());
        }
        found
    }
}

/// The stream of the study with that name.
///
/// # Errors
/// `InvalidStudy` where the name does not fit into a stream's name.
pub fn stream_of(study: &str) -> Result<StreamName> {
    StreamName::new(format!("study.{study}"))
        .map_err(|error| Error::new(Code::InvalidStudy, format!("study `{study}`")).caused_by(error))
}
