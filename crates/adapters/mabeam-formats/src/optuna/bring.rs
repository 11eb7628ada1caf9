//! A study of Optuna as what a study of ours begins with.

mod presence;

use std::collections::BTreeMap;

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Imported, Known, Params, SearchSpace};

use super::distribution::Distribution;
use super::replay::{OptunaStudy, OptunaTrial, OptunaTrialState};

/// What a study of ours begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// The study's name, with a `-` for each character that a name of ours cannot have, at most 64 bytes.
    pub name: String,
    /// Which values are better.
    pub direction: Direction,
    /// The parameters, by name. A parameter that had one value only is left out.
    pub space: SearchSpace,
    /// The trials that are finished, by number.
    pub trials: Vec<Imported>,
    /// What was left out or concluded, in words.
    pub notes: Vec<String>,
}

/// Turns a study into a search space and trials that are known.
///
/// The space holds every parameter of the completed trials, as wide as it ever was. Optuna does not say when a parameter
/// is asked for; where completed trials lack one, a choice whose values decide about it is looked for, and the parameter
/// depends on that. A trial that was pruned counts as stopped with the last value it had, one that failed or has no
/// finite value as failed. Trials that run or wait are left out.
///
/// # Errors
/// `InvalidStudy` for a study with several objectives or without completed trials, and, with the parameter and the trial,
/// where a parameter was once one thing and once another, or nothing tells when it is there.
pub fn bring(study: &OptunaStudy) -> Result<Brought> {
    let wrong =
        |what: String| Error::new(Code::InvalidStudy, format!("import Optuna's study `{}`: {what}", study.name));
    let [direction] = study.directions[..] else {
        return Err(wrong(format!("it has {} objectives, one can be imported", study.directions.len())));
    };
    let complete: Vec<&OptunaTrial> =
        study.trials.iter().filter(|trial| trial.state == OptunaTrialState::Complete).collect();
    if complete.is_empty() {
        return Err(wrong("none of its trials is completed, so nothing tells its search space".to_owned()));
    }
    let mut notes = Vec::new();
    let mut known = united(&complete).map_err(&wrong)?;
    known.retain(|name, distribution| {
        let is_constant = distribution.is_constant();
        if is_constant {
            notes.push(format!("parameter `{name}` had one value only and is left out"));
        }
        !is_constant
    });
    let mut space = SearchSpace::builder();
    for (name, distribution) in &known {
        space = space.parameter(name.clone(), distribution.domain());
        if let Some(condition) = presence::condition(name, &known, &complete).map_err(&wrong)? {
            notes.push(format!("parameter `{name}` is taken to be there only where {condition}"));
            space = space.when(name.clone(), condition.parameter().to_owned(), condition.any_of().iter().cloned());
        }
    }
    let space = space.build().map_err(|error| error.during(format!("import Optuna's study `{}`", study.name)))?;
    let (mut trials, mut outside, mut unfinished) = (Vec::new(), 0_u64, 0_u64);
    for trial in &study.trials {
        if !trial.state.is_finished() {
            unfinished += 1;
            continue;
        }
        match params(trial, &known).and_then(|params| space.conform(&params).map_err(|error| error.what().to_owned())) {
            Ok(params) => trials.push(imported(study, trial, params)),
            // It ended before it had asked for all of them.
            Err(_) if trial.state != OptunaTrialState::Complete => outside += 1,
            Err(what) => return Err(wrong(format!("trial {} (line {}): {what}", trial.number, trial.line))),
        }
    }
    if unfinished > 0 {
        notes.push(format!("{unfinished} trials that were not finished are left out"));
    }
    if outside > 0 {
        notes.push(format!("{outside} trials that ended before they had all parameters are left out"));
    }
    Ok(Brought { name: own_name(&study.name), direction, space, trials, notes })
}

/// Every parameter of the trials, as wide as it ever was.
fn united(trials: &[&OptunaTrial]) -> std::result::Result<BTreeMap<String, Distribution>, String> {
    let mut known: BTreeMap<String, Distribution> = BTreeMap::new();
    for trial in trials {
        for (name, (distribution, _)) in &trial.params {
            let wider = match known.get(name) {
                Some(before) => before.united(distribution).map_err(|error| {
                    format!("parameter `{name}` of trial {} (line {}): {error}", trial.number, trial.line)
                })?,
                None => distribution.clone(),
            };
            known.insert(name.clone(), wider);
        }
    }
    Ok(known)
}

/// The values of a trial for the parameters that are known.
fn params(trial: &OptunaTrial, known: &BTreeMap<String, Distribution>) -> std::result::Result<Params, String> {
    let there = trial.params.iter().filter(|(name, _)| known.contains_key(*name));
    there.map(|(name, (distribution, internal))| Ok((name.as_str(), distribution.value(*internal)?))).collect()
}

fn imported(study: &OptunaStudy, trial: &OptunaTrial, params: Params) -> Imported {
    let value = trial.values.first().copied();
    let known = match trial.state {
        OptunaTrialState::Complete => match value {
            Some(value) if value.is_finite() => Known::Value(value),
            Some(value) => Known::Failed(format!("the value is {value}, which is no finite number")),
            None => Known::Failed("it has no value".to_owned()),
        },
        OptunaTrialState::Pruned => match value.or_else(|| trial.steps.values().next_back().copied()) {
            Some(value) if value.is_finite() => Known::Stopped(value),
            _ => Known::Failed("pruned before it had a finite value".to_owned()),
        },
        _ => Known::Failed("failed in Optuna".to_owned()),
    };
    let from = format!("trial {} of Optuna's study `{}`", trial.number, study.name);
    // Steps of Optuna are whatever the objective calls so; a study that begins with these trials has one rung.
    Imported { params, epochs: 1, known, from }
}

fn own_name(name: &str) -> String {
    let is_own = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    let own: String = name.chars().take(64).map(|character| if is_own(character) { character } else { '-' }).collect();
    if own.is_empty() { "optuna".to_owned() } else { own }
}

#[cfg(test)]
mod tests;
