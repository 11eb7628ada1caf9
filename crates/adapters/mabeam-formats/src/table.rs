//! A study's trials as rows.

use mabeam::{Direction, Params, SearchSpace, StudyState, TrialState};
use serde::{Deserialize, Serialize};

/// One trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
    /// Its number, counted from 0.
    pub trial: u64,
    /// What it was doing when the table was made.
    pub state: TrialState,
    /// Whose proposal it is, by the member's name; none where nobody of the team proposed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<String>,
    /// Where it is known from, where the study did not try it itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// The epochs it has had.
    pub epochs: u32,
    /// Its latest value, as the objective gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<f64>,
    /// How long its work took, in seconds.
    pub seconds: f64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
    /// Its parameters.
    pub params: Params,
}

/// The trials of a study, by number, and what is needed to understand them.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialTable {
    /// The study's name.
    pub study: String,
    /// Which values are better.
    pub direction: Direction,
    /// The parameters.
    pub space: SearchSpace,
    /// The trials.
    pub rows: Vec<TrialRow>,
}

impl TrialTable {
    /// The table of a study as it stands.
    #[must_use]
    pub fn of(state: &StudyState) -> Self {
        let config = state.config();
        let name_of = |member: u32| config.team.members.get(member as usize).map(|member| member.name.clone());
        let rows = state.trials().iter().map(|trial| TrialRow {
            trial: trial.id,
            state: trial.state,
            member: trial.member.and_then(name_of),
            from: trial.from.clone(),
            epochs: trial.epochs(),
            value: trial.value(),
            seconds: trial.seconds,
            failure: trial.failure.clone(),
            params: trial.params.clone(),
        });
        Self {
            study: config.name.clone(),
            direction: config.direction,
            space: config.space.clone(),
            rows: rows.collect(),
        }
    }
}
