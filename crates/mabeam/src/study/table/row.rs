//! One row of a table of trials, and how it comes back from its cells.

use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::super::space::{ParamValue, Params};
use super::super::state::TrialState;
use super::column::{Cell, Column, ColumnKind, Place};

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
    /// Its latest values in the study's further objectives, in their order; empty where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub further: Vec<f64>,
    /// How long its work took, in seconds.
    pub seconds: f64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
    /// Its parameters.
    pub params: Params,
}

impl TrialRow {
    /// The row that has these cells under these columns, which [`Column::all`] gave. Parameters may lack.
    ///
    /// # Errors
    /// `Encoding`, naming the column, for a cell of another kind than its column's, a state that there is not, a number
    /// that is too large, or no cell in a column that every trial fills.
    pub fn of_cells<'a>(columns: &[Column], cells: impl IntoIterator<Item = Option<Cell<'a>>>) -> Result<Self> {
        let mut filled = Filled::default();
        for (column, cell) in columns.iter().zip(cells) {
            if let Some(cell) = cell {
                filled.take(column, cell)?;
            }
        }
        filled.row()
    }
}

/// A row while its cells come in.
#[derive(Default)]
struct Filled {
    trial: Option<u64>,
    state: Option<TrialState>,
    member: Option<String>,
    from: Option<String>,
    epochs: Option<u32>,
    value: Option<f64>,
    further: Vec<f64>,
    seconds: Option<f64>,
    failure: Option<String>,
    params: Vec<(Arc<str>, ParamValue)>,
}

impl Filled {
    fn take(&mut self, column: &Column, cell: Cell<'_>) -> Result<()> {
        let told = || wrong(format!("column `{}` is `{cell}`", column.name()));
        match (&column.place, cell) {
            (Place::Trial, Cell::Count(value)) => self.trial = Some(value),
            (Place::State, Cell::Text(name)) => {
                let named = TrialState::ALL.into_iter().find(|state| state.name() == name);
                self.state = Some(named.ok_or_else(told)?);
            }
            (Place::Member, Cell::Text(text)) => self.member = Some(text.to_owned()),
            (Place::From, Cell::Text(text)) => self.from = Some(text.to_owned()),
            (Place::Epochs, Cell::Count(value)) => self.epochs = Some(u32::try_from(value).map_err(|_| told())?),
            (Place::Value, Cell::Float(value)) => self.value = Some(value),
            // A trial has a value in every further objective, or in none.
            (Place::Further(at), Cell::Float(value)) if *at == self.further.len() => self.further.push(value),
            (Place::Further(_), Cell::Float(_)) => {
                return Err(wrong(format!("column `{}` is `{cell}`, and one before it has no value", column.name())));
            }
            (Place::Seconds, Cell::Float(value)) => self.seconds = Some(value),
            (Place::Failure, Cell::Text(text)) => self.failure = Some(text.to_owned()),
            (Place::Parameter(name), cell) => {
                let value = match (column.kind(), cell) {
                    (ColumnKind::Int, Cell::Int(value)) => value.into(),
                    (ColumnKind::Float, Cell::Float(value)) => value.into(),
                    (ColumnKind::Text, Cell::Text(value)) => value.into(),
                    (ColumnKind::Bool, Cell::Bool(value)) => value.into(),
                    _ => return Err(told()),
                };
                self.params.push((name.clone(), value));
            }
            _ => return Err(told()),
        }
        Ok(())
    }

    fn row(self) -> Result<TrialRow> {
        let empty = |name: &str| wrong(format!("column `{name}` is empty"));
        Ok(TrialRow {
            trial: self.trial.ok_or_else(|| empty("trial"))?,
            state: self.state.ok_or_else(|| empty("state"))?,
            member: self.member,
            from: self.from,
            epochs: self.epochs.ok_or_else(|| empty("epochs"))?,
            value: self.value,
            further: self.further,
            seconds: self.seconds.ok_or_else(|| empty("seconds"))?,
            failure: self.failure,
            params: self.params.into_iter().collect(),
        })
    }
}

fn wrong(what: String) -> Error {
    Error::new(Code::Encoding, what)
}
