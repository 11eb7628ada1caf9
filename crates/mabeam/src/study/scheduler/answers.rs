//! What workers say, held against the study: whether an answer fits it, what one that comes late is told, and whether a
//! configuration is still to be tried. Pure functions of the study's state.

use foundation_core::{Code, Error, Result};

use super::super::ask::{Answer, LeaseId, Word};
use super::super::config::StudyConfig;
use super::super::event::Outcome;
use super::super::space::Params;
use super::super::state::{Slot, StudyState, TrialState};
use super::front::Took;

/// The most bytes of a failure's reason that are kept.
const LONGEST_REASON: usize = 2_048;

/// The answer as the study takes it: one value for each of its objectives. A value that is no number is a failure of
/// the trial.
///
/// # Errors
/// `InvalidInput` for more or fewer values than the study has objectives.
pub(super) fn fitting(answer: Answer, config: &StudyConfig) -> Result<Answer> {
    let values = match answer {
        Answer::Failed(reason) => return Ok(Answer::Failed(kept(reason))),
        Answer::Value(value) => vec![value],
        Answer::Values(values) => values,
    };
    let objectives = config.goals.len() + 1;
    if values.len() != objectives {
        let what = format!("{} told, and study `{}` has {objectives} of them", counted(values.len()), config.name);
        return Err(Error::new(Code::InvalidInput, what)
            .advise("tell one value for each objective, in the order of the study's description"));
    }
    Ok(match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Answer::Failed(format!("the value is {value}, which is no finite number")),
        None if objectives > 1 => Answer::Values(values),
        None => Answer::Value(values[0]),
    })
}

/// The beginning of a failure's reason, as far as it is kept: a log takes no event that is larger than its limits, and
/// what a program says when it breaks can be longer than any limit.
pub(super) fn kept(reason: String) -> String {
    if reason.len() <= LONGEST_REASON {
        return reason;
    }
    let end = (0..=LONGEST_REASON).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &reason[..end])
}

fn counted(values: usize) -> String {
    if values == 1 {
        "the value of 1 objective was".to_owned()
    } else {
        format!("the values of {values} objectives were")
    }
}

/// What is said to an answer to a trial that needs none.
pub(super) fn told_before(state: &StudyState, lease: LeaseId, answer: &Answer, word: &Word) -> Result<Took> {
    let told = state.told_of(lease.trial());
    let Some(trial) = state.trials().get(lease.trial() as usize) else { return Ok(Took::NotNeeded) };
    let stands = match (told, trial.state) {
        (Some(told), _) => Some(told.answer.clone()),
        (None, TrialState::Running) => unsettled_answer(state, trial.id),
        (None, TrialState::Completed) => trial.rungs.last().map(|last| answer_of(last.value, &last.further)),
        (None, TrialState::Failed) => trial.failure.clone().map(Answer::Failed),
        (None, _) => None,
    };
    match stands {
        None => Ok(Took::NotNeeded),
        Some(stands) if stands.is_same(answer) => Ok(Took::Duplicate),
        Some(_) if matches!(word, Word::Settled { ended_it: true }) => {
            let what = format!("trial {} was answered before under this lease, with something else", lease.trial());
            Err(Error::new(Code::Conflict, what).advise("keep the first answer: it stands"))
        }
        Some(_) => Err(lost(lease, "another worker has answered the trial")),
    }
}

pub(super) fn lost(lease: LeaseId, why: &str) -> Error {
    Error::new(Code::LeaseLost, format!("the lease on trial {} does not count any more: {why}", lease.trial()))
        .advise("drop the result and ask for another trial")
}

/// The rung on which a trial was reported and the study has not taken that in yet, and what was reported.
pub(super) fn unsettled(state: &StudyState, trial: u64) -> Option<(usize, &Outcome)> {
    state.slots().iter().find_map(|slot| match slot {
        Slot::Busy { job, report: Some(report), .. } if job.trial == trial => Some((job.rung, &report.outcome)),
        _ => None,
    })
}

/// The answer to a trial that stands in the log and that the study has not taken in yet.
pub(super) fn unsettled_answer(state: &StudyState, trial: u64) -> Option<Answer> {
    match unsettled(state, trial)? {
        (_, Outcome::Reached { value, further, is_done: true, .. }) => Some(answer_of(*value, further)),
        (_, Outcome::Reached { .. }) => None,
        (_, Outcome::Failed(reason)) => Some(Answer::Failed(reason.clone())),
    }
}

/// The answer that told a value, and those in the further objectives.
fn answer_of(value: f64, further: &[f64]) -> Answer {
    match further {
        [] => Answer::Value(value),
        further => Answer::Values(std::iter::once(value).chain(further.iter().copied()).collect()),
    }
}

/// The configuration as the space has it, if it neither waits to be tried nor was tried.
///
/// # Errors
/// `InvalidStudy` or `UnknownName` where it is not of the study's space or breaks a constraint; `InvalidStudy` where
/// the study is finished.
pub(super) fn to_be_tried(state: &StudyState, params: &Params) -> Result<Option<Params>> {
    let config = state.config();
    let params = config.space.conform(params)?;
    config.space.check_feasible(&params)?;
    if state.enqueued().any(|waiting| *waiting == params) || state.trials().iter().any(|trial| trial.params == params) {
        return Ok(None);
    }
    if state.is_finished() {
        let what = format!("enqueue {params}: study `{}` is finished", config.name);
        return Err(Error::new(Code::InvalidStudy, what).advise("begin another study"));
    }
    Ok(Some(params))
}

#[cfg(test)]
mod tests;
