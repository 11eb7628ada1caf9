//! What happens in a study, as it stands in the log: the only truth about it.
//!
//! The body of each event is JSON, so that an export can be read in years; its shape has a version, and a reader
//! refuses a later one. Floats are written so that they come back bit for bit.

use bytes::Bytes;
use foundation_core::event::{Event, EventSource, EventType};
use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::ask::Answer;
use super::config::StudyConfig;
use super::space::Params;
use crate::body::{check_version, seal, unseal};
use crate::market::MarketEvent;

/// The version of the bodies' shapes. The second has schedules in place of the first one's halving, and brackets.
pub const STUDY_EVENT_VERSION: u16 = 2;

/// Where a trial begins that goes on from the checkpoint of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The other trial.
    pub trial: u64,
    /// The rung on which that one left the checkpoint.
    pub rung: u32,
    /// The trial whose place in the population the new one takes; it ends, if it has not failed.
    pub replaces: u64,
}

/// A slot was given a piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assigned {
    /// The slot.
    pub slot: u32,
    /// The slot's time when it was given, in epochs.
    pub at: u64,
    /// The trial.
    pub trial: u64,
    /// Its parameters, where the trial starts with this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub params: Option<Params>,
    /// Whose proposal they are, by the place in the team; none where nobody of the team proposed them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<u32>,
    /// The bracket that the trial is in.
    #[serde(skip_serializing_if = "is_first", default)]
    pub bracket: u32,
    /// From whose checkpoint the trial begins, where it begins with this and not from nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<Parent>,
    /// The rung it is to reach.
    pub rung: u32,
    /// How many epochs it has had.
    pub from_epoch: u32,
    /// How many it will have had.
    pub to_epoch: u32,
}

/// How a piece of work ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rung was reached.
    Reached {
        /// The value there, as the objective gave it. Always finite.
        value: f64,
        /// The checkpoint to go on from, by its hash; none for objectives that cannot be paused.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        checkpoint: Option<String>,
        /// The objective is done before the last rung and will not go on.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        is_done: bool,
        /// The values of the further objectives, in the order of the description. All finite.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        further: Vec<f64>,
    },
    /// The trial failed, and why.
    Failed(String),
}

/// An agent reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// The slot whose work it was.
    pub slot: u32,
    /// The trial.
    pub trial: u64,
    /// The rung.
    pub rung: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Epochs trained a second time because a checkpoint was lost or the objective had to run again whole.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub repeated: u64,
    /// Which agent did the work. Says nothing about the study's result.
    pub agent: u32,
    /// How long the work took, in seconds. Says nothing about the study's result.
    pub seconds: f64,
}

/// A piece of work was cut off by the end of whoever did it; it will be done again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The slot.
    pub slot: u32,
    /// The trial.
    pub trial: u64,
    /// How many epochs of it are lost at most.
    pub epochs: u64,
}

/// A worker told how its trial ended before the study decided on a rung that the worker had reported. The answer is
/// taken in rung by rung as the study decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The trial.
    pub trial: u64,
    /// The values beyond the rung that was reported: steps and values, steps rising.
    pub values: Vec<(u32, f64)>,
    /// How it ended.
    pub answer: Answer,
    /// Which agent did the work. Says nothing about the study's result.
    pub agent: u32,
    /// How long the work took, in seconds. Says nothing about the study's result.
    pub seconds: f64,
}

/// A slot found nothing to do and waits for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// The slot.
    pub slot: u32,
    /// The time it decides again, in epochs.
    pub until: u64,
}

/// A value that was computed beside the study's budget: the best trial on data that no decision saw, or a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// What was computed: `test`, `default`, `random`.
    pub label: String,
    /// The value.
    pub value: f64,
    /// On which parameters, where that is not the best trial.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub params: Option<Params>,
}

/// A configuration that somebody wants to be tried before the samplers are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enqueued {
    /// The parameters.
    pub params: Params,
}

/// A trial that is known from elsewhere: a study that went before, or another tuner. It costs no budget, samplers
/// learn from it, and it can be the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// Its parameters.
    pub params: Params,
    /// The epochs it was trained; at least 1.
    pub epochs: u32,
    /// What became of it.
    #[serde(flatten)]
    pub known: Known,
    /// Where it is known from, in words.
    pub from: String,
}

/// What is known of an imported trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It was completed with this value, as the objective gives it. Always finite.
    Value(f64),
    /// It was stopped before it was done, where it had this value.
    Stopped(f64),
    /// It failed, and why.
    Failed(String),
}

impl Imported {
    /// Checks that its value is one.
    pub(super) fn check(&self) -> Result<()> {
        match self.known {
            Known::Value(value) | Known::Stopped(value) if !value.is_finite() => Err(Error::new(
                Code::InvalidStudy,
                format!("a known trial ({}) has the value {value}, which is no finite number", self.from),
            )
            .advise("leave it out, or let it be one that failed")),
            _ => Ok(()),
        }
    }
}

/// A critic evaluated a configuration on data of its own, beside the study's budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The number of the critic, from 0.
    pub critic: u32,
    /// The trial whose configuration it is.
    pub trial: u64,
    /// The mean of the scores; none where it could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<f64>,
    /// The epochs trained for it.
    pub epochs: u64,
    /// How long it took, in seconds. Says nothing about the study's result.
    pub seconds: f64,
    /// The processor time it took, in seconds, where that was measured. Says nothing about the study's result.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cpu_s: Option<f64>,
}

/// Something that happened in a study.
#[derive(Clone, Debug, PartialEq)]
pub enum StudyEvent {
    /// It was described; always the first.
    Created(Box<StudyConfig>),
    /// It goes on after an interruption of the whole program.
    Resumed,
    /// A slot was given work.
    Assigned(Assigned),
    /// An agent reported.
    Reported(Reported),
    /// Work was cut off.
    Interrupted(Interrupted),
    /// A worker was ahead of the study.
    Told(Told),
    /// A slot waits.
    Waited(Waited),
    /// Somebody wants a configuration to be tried.
    Enqueued(Enqueued),
    /// A trial is known from elsewhere.
    Imported(Box<Imported>),
    /// The time limit is reached: nothing more starts or goes on.
    TimedOut,
    /// Nothing more fits into the budget, or its time is up; the waiting trials are stopped.
    Finished,
    /// Something was computed beside the budget.
    Evaluated(Evaluated),
    /// A critic evaluated a configuration.
    Judged(Judged),
    /// A start found its owner, or money moved.
    Market(MarketEvent),
}

/// The event types of a study: the one place where they stand.
const TYPES: [&str; 13] = [
    "study.created",
    "study.resumed",
    "trial.assigned",
    "trial.reported",
    "trial.interrupted",
    "slot.waited",
    "trial.enqueued",
    "trial.imported",
    "study.timed_out",
    "study.finished",
    "study.evaluated",
    "trial.told",
    "study.judged",
];

impl StudyEvent {
    /// The event types that a study writes.
    pub fn types() -> impl Iterator<Item = &'static str> {
        TYPES.into_iter().chain(MarketEvent::types().iter().copied())
    }

    /// This event's type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let place = match self {
            Self::Created(_) => 0,
            Self::Resumed => 1,
            Self::Assigned(_) => 2,
            Self::Reported(_) => 3,
            Self::Interrupted(_) => 4,
            Self::Waited(_) => 5,
            Self::Enqueued(_) => 6,
            Self::Imported(_) => 7,
            Self::TimedOut => 8,
            Self::Finished => 9,
            Self::Evaluated(_) => 10,
            Self::Told(_) => 11,
            Self::Judged(_) => 12,
            Self::Market(event) => return event.kind(),
        };
        TYPES[place]
    }

    /// A float that JSON cannot say. Parameters are not looked at: they refuse to be written themselves.
    fn unsayable(&self) -> Option<f64> {
        let floats: Vec<f64> = match self {
            Self::Reported(reported) => {
                let values = match &reported.outcome {
                    Outcome::Reached { value, further, .. } => {
                        [*value].into_iter().chain(further.iter().copied()).collect()
                    }
                    Outcome::Failed(_) => Vec::new(),
                };
                [reported.seconds].into_iter().chain(values).collect()
            }
            Self::Told(told) => {
                let answer = match &told.answer {
                    Answer::Value(value) => std::slice::from_ref(value),
                    Answer::Values(values) => values,
                    Answer::Failed(_) => &[],
                };
                told.values
                    .iter()
                    .map(|(_, value)| *value)
                    .chain(answer.iter().copied())
                    .chain([told.seconds])
                    .collect()
            }
            Self::Evaluated(evaluated) => vec![evaluated.value],
            Self::Judged(judged) => judged.value.into_iter().chain(judged.cpu_s).chain([judged.seconds]).collect(),
            Self::Imported(imported) => match imported.known {
                Known::Value(value) | Known::Stopped(value) => vec![value],
                Known::Failed(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        floats.into_iter().find(|float| !float.is_finite())
    }

    /// The event in its envelope.
    ///
    /// # Errors
    /// `Encoding` where a float is not finite, which JSON cannot say.
    pub fn to_event(&self, source: &EventSource) -> Result<Event> {
        let (kind, version) = (self.kind(), STUDY_EVENT_VERSION);
        // Written, it would stand there as nothing, and could not be read back.
        if let Some(float) = self.unsayable() {
            return Err(Error::new(Code::Encoding, format!("encode an event of type `{kind}`: JSON has no {float}")));
        }
        match self {
            Self::Created(body) => seal(source, kind, version, body),
            Self::Assigned(body) => seal(source, kind, version, body),
            Self::Reported(body) => seal(source, kind, version, body),
            Self::Interrupted(body) => seal(source, kind, version, body),
            Self::Waited(body) => seal(source, kind, version, body),
            Self::Evaluated(body) => seal(source, kind, version, body),
            Self::Judged(body) => seal(source, kind, version, body),
            Self::Enqueued(body) => seal(source, kind, version, body),
            Self::Imported(body) => seal(source, kind, version, body),
            Self::Told(body) => seal(source, kind, version, body),
            Self::Market(event) => event.to_event(source),
            Self::Resumed | Self::TimedOut | Self::Finished => {
                Ok(source.event(EventType::new(kind)?, version, Bytes::new()))
            }
        }
    }

    /// Reads an event out of its envelope.
    ///
    /// # Errors
    /// `NewerVersion` for a body of a later version; `Encoding` for a type that is no study's, or a body that cannot
    /// be read.
    pub fn from_event(event: &Event) -> Result<Self> {
        // What happens in the market has versions of its own.
        if MarketEvent::types().contains(&event.kind.as_str()) {
            return MarketEvent::from_event(event).map(Self::Market);
        }
        check_version(event, STUDY_EVENT_VERSION)?;
        Ok(match event.kind.as_str() {
            "study.created" => Self::Created(unseal(event, STUDY_EVENT_VERSION)?),
            "study.resumed" => Self::Resumed,
            "trial.assigned" => Self::Assigned(unseal(event, STUDY_EVENT_VERSION)?),
            "trial.reported" => Self::Reported(unseal(event, STUDY_EVENT_VERSION)?),
            "trial.interrupted" => Self::Interrupted(unseal(event, STUDY_EVENT_VERSION)?),
            "slot.waited" => Self::Waited(unseal(event, STUDY_EVENT_VERSION)?),
            "trial.enqueued" => Self::Enqueued(unseal(event, STUDY_EVENT_VERSION)?),
            "trial.imported" => Self::Imported(unseal(event, STUDY_EVENT_VERSION)?),
            "study.timed_out" => Self::TimedOut,
            "study.finished" => Self::Finished,
            "study.evaluated" => Self::Evaluated(unseal(event, STUDY_EVENT_VERSION)?),
            "study.judged" => Self::Judged(unseal(event, STUDY_EVENT_VERSION)?),
            "trial.told" => Self::Told(unseal(event, STUDY_EVENT_VERSION)?),
            other => {
                return Err(Error::new(Code::Encoding, format!("event {}: type `{other}` is no study's", event.id)));
            }
        })
    }
}

fn is_first(number: &u32) -> bool {
    *number == 0
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
