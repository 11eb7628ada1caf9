//! One parameter: its name, the values it may take, and where each of them lies in the unit interval.

use foundation_core::{Code, Error, Result};

use super::condition::Condition;
use super::domain::Domain;
use super::grid::FloatGrid;
use super::numeric;
use super::params::ParamValue;

/// A named [`Domain`] that was checked, with its map to the unit interval.
///
/// The map is what the samplers work on. It rises with the value, a logarithmic domain is even in the logarithm, and
/// each of the discrete values owns a cell: the integers of `3..=5` own a third each and lie in its middle, so the
/// ends of the range are drawn as often as its inside. In a logarithmic domain a cell reaches half a step to both
/// sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    name: String,
    domain: Domain,
    /// The values of a float with a step.
    grid: Option<FloatGrid>,
    /// When it is there at all; `None` is always.
    condition: Option<Condition>,
    /// The value, or its logarithm, at 0 of the unit interval.
    origin: f64,
    /// The distance from there to 1.
    span: f64,
}

impl Parameter {
    /// Checks `domain` and prepares its map.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] names the parameter and says what is wrong with it.
    pub fn new(name: impl Into<String>, domain: Domain) -> Result<Self> {
        let name = name.into();
        if name.is_empty() {
            return Err(Error::new(Code::InvalidStudy, "a parameter of the search space has an empty name"));
        }
        if let Some(fault) = domain.fault() {
            return Err(Error::new(Code::InvalidStudy, format!("parameter `{name}` of the search space: {fault}")));
        }
        let grid = match domain {
            // A step that the grid refuses is a fault of the domain, and was refused above.
            Domain::Float { low, high, step: Some(step), .. } => FloatGrid::new(low, high, step).ok(),
            _ => None,
        };
        let (origin, span) = match &domain {
            Domain::Int { low, high, log: true, step } => {
                let step = step.unwrap_or(1);
                let top = low + (high - low) / step * step;
                logarithmic(*low as f64, top as f64, step as f64)
            }
            Domain::Int { low, high, log: false, step } => (*low as f64, ((high - low) / step.unwrap_or(1) + 1) as f64),
            Domain::Float { low, log, step: Some(step), .. } => {
                let last = grid.map_or(1.0, |grid| grid.len() - 1.0);
                let top = grid.map_or(*low, |grid| grid.value(last));
                if *log { logarithmic(*low, top, *step) } else { (*low, last + 1.0) }
            }
            Domain::Float { low, high, log: true, step: None } => {
                let bottom = numeric::ln(*low);
                (bottom, numeric::ln(*high) - bottom)
            }
            Domain::Float { low, high, log: false, step: None } => (*low, high - low),
            Domain::Choice { options } => (0.0, options.len() as f64),
            Domain::Bool => (0.0, 2.0),
        };
        if span <= 0.0 {
            let what = format!(
                "parameter `{name}` of the search space: its bounds are too near to each other to have different \
                 logarithms"
            );
            return Err(Error::new(Code::InvalidStudy, what));
        }
        Ok(Self { name, domain, grid, condition: None, origin, span })
    }

    /// The same parameter, there only when `condition` holds.
    pub(super) fn under(self, condition: Option<Condition>) -> Self {
        Self { condition, ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values it may take.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// When it is there at all; `None` is always.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// How many values a parameter without order has: the options of a choice, 2 for a boolean, otherwise `None`.
    #[must_use]
    pub fn categories(&self) -> Option<usize> {
        match &self.domain {
            Domain::Choice { options } => Some(options.len()),
            Domain::Bool => Some(2),
            Domain::Int { .. } | Domain::Float { .. } => None,
        }
    }

    /// Where `value` lies in the unit interval, and `None` if it is none of the parameter's values.
    #[must_use]
    pub fn unit_of(&self, value: &ParamValue) -> Option<f64> {
        let unit = match (&self.domain, value) {
            (Domain::Int { low, high, log, step }, ParamValue::Int(value)) if (low..=high).contains(&value) => {
                let step = step.unwrap_or(1);
                if (value - low) % step != 0 {
                    return None;
                }
                if *log {
                    (numeric::ln(*value as f64) - self.origin) / self.span
                } else {
                    (((value - low) / step) as f64 + 0.5) / self.span
                }
            }
            (Domain::Float { log, .. }, ParamValue::Float(value)) if self.grid.is_some() => {
                let index = self.grid?.index_of(*value)?;
                if *log { (numeric::ln(*value) - self.origin) / self.span } else { (index + 0.5) / self.span }
            }
            (Domain::Float { low, high, log, .. }, ParamValue::Float(value)) if (low..=high).contains(&value) => {
                let place = if *log { numeric::ln(*value) } else { *value };
                (place - self.origin) / self.span
            }
            (Domain::Choice { options }, ParamValue::Choice(value)) => {
                (options.iter().position(|option| option == value)? as f64 + 0.5) / self.span
            }
            (Domain::Bool, ParamValue::Bool(value)) => (f64::from(u8::from(*value)) + 0.5) / self.span,
            _ => return None,
        };
        Some(unit.clamp(0.0, 1.0))
    }

    /// The value at `unit`; what lies outside the unit interval counts as its nearer end, and NaN as 0.
    #[must_use]
    pub fn value_at(&self, unit: f64) -> ParamValue {
        let unit = if unit >= 0.0 { unit.min(1.0) } else { 0.0 };
        let place = self.origin + unit * self.span;
        // A conversion to an integer cuts, and what is cut here is never negative: it rounds down.
        let cell = (unit * self.span) as i64;
        match &self.domain {
            Domain::Int { low, high, log: true, step: None } => {
                ParamValue::Int(((numeric::exp(place) + 0.5) as i64).clamp(*low, *high))
            }
            Domain::Int { low, high, log, step } => {
                let step = step.unwrap_or(1);
                let cell = if *log { ((numeric::exp(place) - *low as f64) / step as f64 + 0.5) as i64 } else { cell };
                ParamValue::Int(low + cell.clamp(0, (high - low) / step) * step)
            }
            Domain::Float { low, high, log, .. } => ParamValue::Float(match self.grid {
                Some(grid) if *log => grid.value(grid.nearest(numeric::exp(place))),
                Some(grid) => grid.value((unit * self.span).floor()),
                // The end itself, which rounding might miss.
                None if unit >= 1.0 => *high,
                None => if *log { numeric::exp(place) } else { place }.clamp(*low, *high),
            }),
            Domain::Choice { options } => {
                let index = usize::try_from(cell).unwrap_or(0).min(options.len() - 1);
                ParamValue::Choice(options[index].clone())
            }
            Domain::Bool => ParamValue::Bool(cell >= 1),
        }
    }

    /// The value that a person or another program meant: a whole number where a float is asked for becomes one, and
    /// a float that is off its step by rounding alone is put on it.
    pub(super) fn meant(&self, value: &ParamValue) -> ParamValue {
        let number = match (&self.domain, value) {
            (Domain::Float { .. }, ParamValue::Int(whole)) => *whole as f64,
            (Domain::Float { .. }, ParamValue::Float(number)) => *number,
            _ => return value.clone(),
        };
        ParamValue::Float(self.grid.and_then(|grid| grid.snapped(number)).unwrap_or(number))
    }
}

/// Origin and span of values from `low` to `top` in steps of `step`, even in the logarithm: the first and the last cell
/// reach half a step beyond their values, the first one at most to half its value, so that it stays above zero.
fn logarithmic(low: f64, top: f64, step: f64) -> (f64, f64) {
    let bottom = numeric::ln(low - (0.5 * step).min(0.5 * low));
    (bottom, numeric::ln(top + 0.5 * step) - bottom)
}

#[cfg(test)]
mod tests;
