//! The columns of a table of trials: what each is called, which kind of cell it has, and where in a row that cell is.

use std::fmt;
use std::sync::Arc;

use super::super::space::{Domain, ParamValue, SearchSpace};
use super::TrialRow;

/// What the columns of parameters begin with, so that none is taken for another column.
const PARAMETER: &str = "param.";
/// What the columns of further objectives begin with.
const OBJECTIVE: &str = "value.";

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A whole number from 0 on.
    Count,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Text.
    Text,
    /// False or true.
    Bool,
}

/// What stands in one column of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Of a column of counts.
    Count(u64),
    /// Of a column of whole numbers.
    Int(i64),
    /// Of a column of numbers.
    Float(f64),
    /// Of a column of text.
    Text(&'a str),
    /// Of a column of booleans.
    Bool(bool),
}

impl fmt::Display for Cell<'_> {
    /// Writes floats with as many digits as bring them back bit for bit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

/// One column of a table of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    name: String,
    kind: ColumnKind,
    is_optional: bool,
    pub(super) place: Place,
}

/// Where in a row the cell is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Trial,
    State,
    Member,
    From,
    Epochs,
    Value,
    Further(usize),
    Seconds,
    Failure,
    Parameter(Arc<str>),
}

impl Column {
    /// The columns of a study with these further objectives and this space: `trial`, `state`, `member`, `from`,
    /// `epochs`, `value`, then `value.NAME` for each further objective, `seconds`, `failure`, and `param.NAME` for each
    /// parameter. No two have one name.
    #[must_use]
    pub fn all<'a>(goals: impl IntoIterator<Item = &'a str>, space: &SearchSpace) -> Vec<Self> {
        use ColumnKind::{Count, Float, Text};
        let own = |name: &str, kind, is_optional, place| Self { name: name.to_owned(), kind, is_optional, place };
        let mut all = vec![
            own("trial", Count, false, Place::Trial),
            own("state", Text, false, Place::State),
            own("member", Text, true, Place::Member),
            own("from", Text, true, Place::From),
            own("epochs", Count, false, Place::Epochs),
            own("value", Float, true, Place::Value),
        ];
        let goals = goals.into_iter().enumerate();
        all.extend(goals.map(|(at, goal)| own(&format!("{OBJECTIVE}{goal}"), Float, true, Place::Further(at))));
        all.push(own("seconds", Float, false, Place::Seconds));
        all.push(own("failure", Text, true, Place::Failure));
        all.extend(space.parameters().iter().map(|parameter| {
            let kind = match parameter.domain() {
                Domain::Int { .. } => ColumnKind::Int,
                Domain::Float { .. } => Float,
                Domain::Choice { .. } => Text,
                Domain::Bool => ColumnKind::Bool,
            };
            let (name, place) = (parameter.name(), Place::Parameter(parameter.name().into()));
            own(&format!("{PARAMETER}{name}"), kind, parameter.condition().is_some(), place)
        }));
        all
    }

    /// The further objective whose column has this name, if it is one's.
    #[must_use]
    pub fn objective_of(name: &str) -> Option<&str> {
        name.strip_prefix(OBJECTIVE)
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its cells are.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// Whether a trial of the study may have no cell here; a parameter's column is so where the parameter has a condition.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// What stands in this column of `row`, if anything does. The cell is of the column's kind where the row's
    /// parameters are of the space that the column was made for.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a TrialRow) -> Option<Cell<'a>> {
        match &self.place {
            Place::Trial => Some(Cell::Count(row.trial)),
            Place::State => Some(Cell::Text(row.state.name())),
            Place::Member => row.member.as_deref().map(Cell::Text),
            Place::From => row.from.as_deref().map(Cell::Text),
            Place::Epochs => Some(Cell::Count(row.epochs.into())),
            Place::Value => row.value.map(Cell::Float),
            Place::Further(at) => row.further.get(*at).copied().map(Cell::Float),
            Place::Seconds => Some(Cell::Float(row.seconds)),
            Place::Failure => row.failure.as_deref().map(Cell::Text),
            Place::Parameter(name) => row.params.get(name).map(|value| match value {
                ParamValue::Int(value) => Cell::Int(*value),
                ParamValue::Float(value) => Cell::Float(*value),
                ParamValue::Choice(value) => Cell::Text(value),
                ParamValue::Bool(value) => Cell::Bool(*value),
            }),
        }
    }
}
