//! What a worker has reported of a trial beyond the rung that the study has decided on.
//!
//! A study decides in its own time: what happens to a trial at a rung may hang on trials that others have not measured
//! yet. A worker is not held up by that, nor could it be: it may be the only one that is left. It goes on, its values
//! are kept here, and each time the study lets the trial climb the value of the next rung is there already.

use serde::{Deserialize, Serialize};

use super::super::event::Outcome;
use super::super::objective::TrialError;

/// What a worker says in the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The value of the trial, always finite.
    Value(f64),
    /// Its values in all objectives of the study, in their order, always finite. For a study of several.
    Values(Vec<f64>),
    /// It failed, and why.
    Failed(String),
}

impl From<Result<f64, TrialError>> for Answer {
    fn from(measured: Result<f64, TrialError>) -> Self {
        match measured {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Failed(error.message().to_owned()),
        }
    }
}

impl Answer {
    /// Whether both say the same, floats bit for bit.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(two)) => one.to_bits() == two.to_bits(),
            (Self::Values(one), Self::Values(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.to_bits() == two.to_bits())
            }
            (Self::Failed(one), Self::Failed(two)) => one == two,
            _ => false,
        }
    }

    /// How a piece of work ended with this answer.
    pub(crate) fn outcome(&self) -> Outcome {
        let (value, further) = match self {
            Self::Value(value) => (*value, Vec::new()),
            // Without a value there is none that is a number.
            Self::Values(values) => match values.split_first() {
                Some((value, further)) => (*value, further.to_vec()),
                None => return Outcome::Failed("no value was told".to_owned()),
            },
            Self::Failed(reason) => return Outcome::Failed(reason.clone()),
        };
        Outcome::Reached { value, checkpoint: None, is_done: true, further }
    }
}

/// The values that the study has not taken in, steps rising: those that a rung can take, which are at most as many as
/// there are rungs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ahead {
    values: Vec<(u32, f64)>,
    newest: u32,
}

impl Ahead {
    /// Takes in the value after `step` steps; one that is not later than the newest was told before. It is kept where
    /// it is the first at one of the `rungs`, which rise, or beyond.
    pub(crate) fn note(&mut self, step: u32, value: f64, rungs: &[u32]) {
        if step <= self.newest {
            return;
        }
        let next = rungs.partition_point(|rung| *rung <= self.newest);
        if rungs.get(next).is_some_and(|rung| *rung <= step) {
            self.values.push((step, value));
        }
        self.newest = step;
    }

    /// Forgets what lies below the rung that comes next.
    pub(crate) fn reached(&mut self, epochs: u32) {
        self.values.retain(|(step, _)| *step > epochs);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether no value was ever noted.
    pub(crate) fn has_heard_nothing(&self) -> bool {
        self.newest == 0
    }

    /// The values, for the record.
    pub(crate) fn values(&self) -> &[(u32, f64)] {
        &self.values
    }

    /// What can be said of the rung at `epochs` already; see [`outcome`].
    pub(crate) fn outcome(&self, epochs: u32, is_last: bool) -> Option<Outcome> {
        outcome(&self.values, None, epochs, is_last)
    }
}

/// What `values` and, once it is there, the `answer` say of the rung at `epochs`: the first value at the rung or beyond.
/// The last rung is reached by the answer alone, because a worker may report finer steps than the study counts.
pub(crate) fn outcome(values: &[(u32, f64)], answer: Option<&Answer>, epochs: u32, is_last: bool) -> Option<Outcome> {
    let at_rung = values.iter().find(|(step, _)| *step >= epochs && !is_last);
    match (at_rung, answer) {
        (Some((_, value)), _) => {
            Some(Outcome::Reached { value: *value, checkpoint: None, is_done: false, further: Vec::new() })
        }
        (None, answer) => answer.map(Answer::outcome),
    }
}

#[cfg(test)]
mod tests;
