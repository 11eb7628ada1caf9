//! A journal replayed: its studies as they stand after its last line.

use std::collections::BTreeMap;

use foundation_core::{Code, Error, Result};
use mabeam::Direction;

use super::distribution::Distribution;
use super::line::Line;

/// The operations of Optuna 5.0, by their numbers.
mod op {
    pub(super) const CREATE_STUDY: u32 = 0;
    pub(super) const DELETE_STUDY: u32 = 1;
    pub(super) const SET_STUDY_USER_ATTR: u32 = 2;
    pub(super) const SET_STUDY_SYSTEM_ATTR: u32 = 3;
    pub(super) const CREATE_TRIAL: u32 = 4;
    pub(super) const SET_TRIAL_PARAM: u32 = 5;
    pub(super) const SET_TRIAL_STATE_VALUES: u32 = 6;
    pub(super) const SET_TRIAL_INTERMEDIATE_VALUE: u32 = 7;
    pub(super) const SET_TRIAL_USER_ATTR: u32 = 8;
    pub(super) const SET_TRIAL_SYSTEM_ATTR: u32 = 9;
    pub(super) const DISCARD_TRIALS: u32 = 10;
}

/// What a trial of Optuna is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptunaTrialState {
    /// Somebody works on it, or worked on it when he died.
    Running,
    /// It was completed.
    Complete,
    /// A pruner stopped it.
    Pruned,
    /// It failed.
    Fail,
    /// It was enqueued and has not begun.
    Waiting,
}

impl OptunaTrialState {
    fn of(number: u32) -> Option<Self> {
        [Self::Running, Self::Complete, Self::Pruned, Self::Fail, Self::Waiting].get(number as usize).copied()
    }

    /// Whether nothing more happens to the trial.
    #[must_use]
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Complete | Self::Pruned | Self::Fail)
    }
}

/// A trial of Optuna.
#[derive(Clone, Debug, PartialEq)]
pub struct OptunaTrial {
    /// Its number within its study.
    pub number: u64,
    /// What it is doing.
    pub state: OptunaTrialState,
    /// Its values, one an objective; none before it has some.
    pub values: Vec<f64>,
    /// Its parameters: what they could be, and the number that stands for the value.
    pub params: BTreeMap<String, (Distribution, f64)>,
    /// What it reported on its way, by step.
    pub steps: BTreeMap<i64, f64>,
    /// The line of the journal that created it, counted from 1.
    pub line: usize,
}

/// A study of Optuna.
#[derive(Clone, Debug, PartialEq)]
pub struct OptunaStudy {
    /// Its name.
    pub name: String,
    /// Which values are better, one an objective.
    pub directions: Vec<Direction>,
    /// Its trials, by number.
    pub trials: Vec<OptunaTrial>,
}

/// What a journal tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// The studies that were not deleted, in the order in which they were created.
    pub studies: Vec<OptunaStudy>,
    /// Whether the last line was cut off, by the end of whoever wrote it, and left out.
    pub torn: bool,
}

/// Replays a journal.
///
/// As Optuna does, it ignores operations on a study that was deleted and on a trial that is finished. A last line
/// without an end is left out and told of.
///
/// # Errors
/// `Encoding`, with the number of the line, for a line that is no operation, lacks a field, or names a study or trial
/// that does not exist; `NewerVersion` for an operation that is not among those of Optuna 5.0.
pub fn read(bytes: &[u8]) -> Result<Journal> {
    let mut replay = Replay::default();
    let mut torn = false;
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = at + 1;
        let Some(whole) = line.strip_suffix(b"\n") else {
            torn = true;
            break;
        };
        if whole.trim_ascii().is_empty() {
            continue;
        }
        let text = std::str::from_utf8(whole).map_err(|error| wrong(number, "it is no UTF-8").caused_by(error))?;
        let line = Line::read(text).map_err(|error| wrong(number, &error))?;
        replay.apply(number, line)?;
    }
    Ok(Journal { studies: replay.finish(), torn })
}

fn wrong(line: usize, what: &str) -> Error {
    Error::new(Code::Encoding, format!("read an Optuna journal: line {line}: {what}"))
        .advise("the file has to be one of optuna.storages.journal.JournalFileBackend")
}

#[derive(Default)]
struct Replay {
    studies: Vec<Option<OptunaStudy>>,
    /// Study and number of each trial: trials are counted over all studies.
    trials: Vec<(usize, usize)>,
}

impl Replay {
    fn finish(self) -> Vec<OptunaStudy> {
        self.studies.into_iter().flatten().collect()
    }

    fn apply(&mut self, number: usize, line: Line) -> Result<()> {
        let lacks = |field: &str| wrong(number, &format!("operation {} lacks `{field}`", line.op_code));
        match line.op_code {
            op::CREATE_STUDY => {
                let name = line.study_name.ok_or_else(|| lacks("study_name"))?;
                let directions = line.directions.as_ref().ok_or_else(|| lacks("directions"))?;
                let directions = directions.iter().map(|direction| match direction {
                    // 0 is a study whose direction was never set, which Optuna minimises.
                    0 | 1 => Ok(Direction::Minimize),
                    2 => Ok(Direction::Maximize),
                    other => Err(wrong(number, &format!("direction {other} is not known"))),
                });
                let directions = directions.collect::<Result<Vec<_>>>()?;
                // A second study of one name was refused by Optuna, and is no study.
                if !self.studies.iter().flatten().any(|study| study.name == name) {
                    self.studies.push(Some(OptunaStudy { name, directions, trials: Vec::new() }));
                }
                Ok(())
            }
            op::DELETE_STUDY => {
                let study = line.study_id.ok_or_else(|| lacks("study_id"))?;
                *self.study(number, study)? = None;
                Ok(())
            }
            op::CREATE_TRIAL => {
                let study = line.study_id.ok_or_else(|| lacks("study_id"))?;
                self.create_trial(number, study, &line)
            }
            op::SET_TRIAL_PARAM => {
                let name = line.param_name.clone().ok_or_else(|| lacks("param_name"))?;
                let value = line.param_value_internal.ok_or_else(|| lacks("param_value_internal"))?;
                let distribution = line.distribution.as_deref().ok_or_else(|| lacks("distribution"))?;
                let distribution = Distribution::read(distribution).map_err(|error| wrong(number, &error))?;
                if let Some(trial) = self.open_trial(number, &line)? {
                    trial.params.insert(name, (distribution, value.0));
                }
                Ok(())
            }
            op::SET_TRIAL_STATE_VALUES => {
                let state = state_of(number, line.state.ok_or_else(|| lacks("state"))?)?;
                if let Some(trial) = self.open_trial(number, &line)? {
                    trial.state = state;
                    if let Some(values) = &line.values {
                        trial.values = values.iter().map(|value| value.0).collect();
                    }
                }
                Ok(())
            }
            op::SET_TRIAL_INTERMEDIATE_VALUE => {
                let step = line.step.ok_or_else(|| lacks("step"))?;
                let value = line.intermediate_value.ok_or_else(|| lacks("intermediate_value"))?;
                if let Some(trial) = self.open_trial(number, &line)? {
                    trial.steps.insert(step, value.0);
                }
                Ok(())
            }
            // Notes of users and samplers say nothing about a trial's result.
            op::SET_STUDY_USER_ATTR
            | op::SET_STUDY_SYSTEM_ATTR
            | op::SET_TRIAL_USER_ATTR
            | op::SET_TRIAL_SYSTEM_ATTR
            | op::DISCARD_TRIALS => Ok(()),
            other => Err(Error::new(
                Code::NewerVersion,
                format!("read an Optuna journal: line {number}: operation {other} is not one of Optuna 5.0"),
            )),
        }
    }

    fn study(&mut self, number: usize, study: usize) -> Result<&mut Option<OptunaStudy>> {
        let known = self.studies.len();
        let what = || wrong(number, &format!("study {study} does not exist; {known} were created before"));
        self.studies.get_mut(study).ok_or_else(what)
    }

    fn create_trial(&mut self, number: usize, at: usize, line: &Line) -> Result<()> {
        let state = line.state.map_or(Ok(OptunaTrialState::Running), |state| state_of(number, state))?;
        let mut params = BTreeMap::new();
        for (name, value) in &line.params {
            let distribution = line.distributions.get(name).map(|text| Distribution::read(text));
            let distribution = distribution.unwrap_or_else(|| Err(format!("parameter `{name}` has no distribution")));
            params.insert(name.clone(), (distribution.map_err(|error| wrong(number, &error))?, value.0));
        }
        let mut steps = BTreeMap::new();
        for (step, value) in &line.intermediate_values {
            let step = step.parse().map_err(|_| wrong(number, &format!("step `{step}` is no whole number")))?;
            steps.insert(step, value.0);
        }
        let values = match (&line.values, line.value) {
            (Some(values), _) => values.iter().map(|value| value.0).collect(),
            (None, Some(value)) => vec![value.0],
            (None, None) => Vec::new(),
        };
        let Some(study) = self.study(number, at)? else { return Ok(()) };
        let place = study.trials.len();
        study.trials.push(OptunaTrial { number: place as u64, state, values, params, steps, line: number });
        self.trials.push((at, place));
        Ok(())
    }

    /// The trial of an operation; none where it is finished or its study was deleted.
    fn open_trial(&mut self, number: usize, line: &Line) -> Result<Option<&mut OptunaTrial>> {
        let Some(id) = line.trial_id else {
            return Err(wrong(number, &format!("operation {} lacks `trial_id`", line.op_code)));
        };
        let Some((study, place)) = self.trials.get(id).copied() else {
            let known = self.trials.len();
            return Err(wrong(number, &format!("trial {id} does not exist; {known} were created before")));
        };
        let study = self.studies[study].as_mut();
        Ok(study.map(|study| &mut study.trials[place]).filter(|trial| !trial.state.is_finished()))
    }
}

fn state_of(number: usize, state: u32) -> Result<OptunaTrialState> {
    OptunaTrialState::of(state).ok_or_else(|| wrong(number, &format!("state {state} is not known")))
}

#[cfg(test)]
mod tests;
