//! One table: a grid, and what each of its points reaches.

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Domain, LookedUp, ParamValue, Params, SearchSpace, Tabulated, TrialError};

/// One parameter of a table and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The parameter's name.
    pub name: String,
    /// Whether the values rise: then a sampler sees the integers from 0 to their number less 1, and otherwise words.
    pub is_ordered: bool,
    /// The values, as they are written; two or more.
    pub options: Vec<String>,
}

impl Axis {
    fn domain(&self) -> Domain {
        if self.is_ordered {
            Domain::Int { low: 0, high: self.options.len() as i64 - 1, log: false, step: None }
        } else {
            Domain::Choice { options: self.options.clone() }
        }
    }

    /// Which of the values `value` is.
    fn index_of(&self, value: Option<&ParamValue>) -> Option<usize> {
        let index = match value? {
            ParamValue::Int(index) if self.is_ordered => usize::try_from(*index).ok()?,
            ParamValue::Choice(word) if !self.is_ordered => self.options.iter().position(|option| option == word)?,
            _ => return None,
        };
        (index < self.options.len()).then_some(index)
    }
}

/// What every point of a grid reaches, and how long it takes to get there.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    name: String,
    metric: String,
    direction: Direction,
    axes: Vec<Axis>,
    space: SearchSpace,
    values: Vec<f32>,
    seconds: Vec<f32>,
    best: f64,
    median: f64,
}

impl Table {
    /// A table of `metric`; `values` and `seconds` go over the grid with the last axis fastest.
    ///
    /// # Errors
    /// `InvalidStudy` where the axes make no search space; `Corrupt` where there are not as many values as points, one of
    /// them is not finite or takes a negative time, or half of the points are as good as the best.
    pub fn new(
        name: impl Into<String>,
        metric: impl Into<String>,
        direction: Direction,
        axes: Vec<Axis>,
        values: Vec<f32>,
        seconds: Vec<f32>,
    ) -> Result<Self> {
        let name = name.into();
        let wrong = |what: String| Err(Error::new(Code::Corrupt, format!("table `{name}`: {what}")));
        let mut space = SearchSpace::builder();
        for axis in &axes {
            space = space.parameter(axis.name.clone(), axis.domain());
        }
        let space = space.build().map_err(|error| error.during(format!("read table `{name}`")))?;
        let points = axes.iter().try_fold(1_usize, |points, axis| points.checked_mul(axis.options.len()));
        if points != Some(values.len()) || points != Some(seconds.len()) {
            let (values, seconds) = (values.len(), seconds.len());
            return wrong(format!("{values} values and {seconds} times for a grid of {points:?} points"));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return wrong(format!("point {at} has the value {}", values[at]));
        }
        if let Some(at) = seconds.iter().position(|seconds| !seconds.is_finite() || *seconds < 0.0) {
            return wrong(format!("point {at} takes {} seconds", seconds[at]));
        }
        let mut sorted: Vec<f64> = values.iter().map(|value| direction.oriented(f64::from(*value))).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        let best = sorted[sorted.len() - 1];
        if best <= median {
            return wrong("half of its points are as good as the best".to_owned());
        }
        // Orienting twice is no change.
        let (best, median) = (direction.oriented(best), direction.oriented(median));
        Ok(Self { name, metric: metric.into(), direction, axes, space, values, seconds, best, median })
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// Whether larger values are better, or smaller ones.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The parameters, in the order of the grid.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The grid as a sampler sees it.
    #[must_use]
    pub fn space(&self) -> SearchSpace {
        self.space.clone()
    }

    /// The values, with the last axis fastest.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The training times in seconds, in the same order.
    #[must_use]
    pub fn seconds(&self) -> &[f32] {
        &self.seconds
    }

    /// The best value of the grid.
    #[must_use]
    pub fn best(&self) -> f64 {
        self.best
    }

    /// The median of the grid's values; of an even number the mean of the middle two.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.median
    }

    /// How far `value` is from the best, where the median is at 1.
    #[must_use]
    pub fn regret(&self, value: f64) -> f64 {
        (value - self.best) / (self.median - self.best)
    }

    /// Where `params` stands in the grid.
    ///
    /// # Errors
    /// `InvalidStudy` names a parameter that is missing or has none of the axis' values.
    pub fn index_of(&self, params: &Params) -> Result<usize> {
        self.axes.iter().try_fold(0, |index, axis| {
            let value = params.get(&axis.name);
            let at = axis.index_of(value).ok_or_else(|| {
                let value = value.map_or_else(|| "missing".to_owned(), ToString::to_string);
                let what = format!("parameter `{}` of table `{}` is {value}", axis.name, self.name);
                Error::new(Code::InvalidStudy, what).advise("take the table's own search space")
            })?;
            Ok(index * axis.options.len() + at)
        })
    }
}

impl Tabulated for Table {
    /// One "epoch" is the whole training: the table knows nothing of what lies before its end.
    fn look_up(&self, params: &Params, from_epoch: u32, to_epoch: u32) -> std::result::Result<LookedUp, TrialError> {
        if (from_epoch, to_epoch) != (0, 1) {
            return Err(TrialError::new(format!(
                "table `{}` knows the end of a training alone, not what it reaches from epoch {from_epoch} to {to_epoch}",
                self.name
            )));
        }
        let index = self.index_of(params)?;
        Ok(LookedUp { value: f64::from(self.values[index]), seconds: f64::from(self.seconds[index]) })
    }
}

#[cfg(test)]
mod tests;
