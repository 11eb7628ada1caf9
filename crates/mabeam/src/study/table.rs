//! A study's trials as rows under typed columns: the one shape behind every table that leaves a study.

mod column;
mod row;

pub use column::{Cell, Column, ColumnKind};
pub use row::TrialRow;

use super::config::{Direction, Goal};
use super::space::SearchSpace;
use super::state::StudyState;

/// The trials of a study, by number, and what is needed to understand them.
///
/// ```
/// use mabeam::{Cell, Direction, Params, SearchSpace, TrialRow, TrialState, TrialTable};
///
/// let row = TrialRow {
///     trial: 0,
///     state: TrialState::Completed,
///     member: Some("tpe".to_owned()),
///     from: None,
///     epochs: 27,
///     value: Some(0.93),
///     further: Vec::new(),
///     seconds: 1.5,
///     failure: None,
///     params: Params::new().with("lr", 0.01),
/// };
/// let space = SearchSpace::builder().float("lr", 0.0, 1.0).build()?;
/// let table = TrialTable {
///     study: "s".to_owned(),
///     direction: Direction::Maximize,
///     goals: Vec::new(),
///     space,
///     rows: vec![row],
/// };
/// let columns = table.columns();
/// assert_eq!(columns.last().map(|column| column.name()), Some("param.lr"));
/// assert_eq!(columns.last().and_then(|column| column.cell(&table.rows[0])), Some(Cell::Float(0.01)));
/// # Ok::<(), foundation_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrialTable {
    /// The study's name.
    pub study: String,
    /// Which values are better.
    pub direction: Direction,
    /// The further objectives, in a study of several.
    pub goals: Vec<Goal>,
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
            further: trial.rungs.last().map_or_else(Vec::new, |reached| reached.further.clone()),
            seconds: trial.seconds,
            failure: trial.failure.clone(),
            params: trial.params.clone(),
        });
        Self {
            study: config.name.clone(),
            direction: config.direction,
            goals: config.goals.clone(),
            space: config.space.clone(),
            rows: rows.collect(),
        }
    }

    /// Its columns, in their order.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        Column::all(self.goals.iter().map(|goal| goal.name.as_str()), &self.space)
    }
}

#[cfg(test)]
mod tests;
