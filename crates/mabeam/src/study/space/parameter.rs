//! One parameter: its name, the values it may take, and where each of them lies in the unit interval.

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::numeric;
use super::params::ParamValue;

/// The largest magnitude of an integer bound: beyond it neighbours are one number to a sampler, and to JSON readers.
const LARGEST_INT: i64 = 1 << 53;

/// The values that a parameter may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Domain {
    /// The integers from `low` to `high`, both included.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
        /// Whether equal ratios, and not equal differences, count as equally far.
        log: bool,
    },
    /// The numbers from `low` to `high`, both included.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// Whether equal ratios, and not equal differences, count as equally far.
        log: bool,
    },
    /// One of several words, among which no order is assumed.
    Choice {
        /// The words, in the order they were given.
        options: Vec<String>,
    },
    /// False or true.
    Bool,
}

/// A named [`Domain`] that was checked, with its map to the unit interval.
///
/// The map is what the samplers work on. It rises with the value, a logarithmic domain is even in the logarithm, and
/// each of the discrete values owns a cell: the integers of `3..=5` own a third each and lie in its middle, so the
/// ends of the range are drawn as often as its inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    name: String,
    domain: Domain,
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
        let refuse = |what: String| {
            Err(Error::new(Code::InvalidStudy, format!("parameter `{name}` of the search space: {what}")))
        };
        let (origin, span) = match &domain {
            Domain::Int { low, high, .. } if low >= high => {
                return refuse(format!("low {low} is not below high {high}"));
            }
            Domain::Int { low, high, .. } if *low < -LARGEST_INT || *high > LARGEST_INT => {
                return refuse(format!("bounds {low} and {high} are not within 2^53 of zero"));
            }
            Domain::Int { low, log: true, .. } if *low <= 0 => {
                return refuse(format!("low {low} of a logarithmic range is not above zero"));
            }
            Domain::Int { low, high, log: true } => {
                let bottom = numeric::ln(*low as f64 - 0.5);
                (bottom, numeric::ln(*high as f64 + 0.5) - bottom)
            }
            Domain::Int { low, high, log: false } => (*low as f64, (high - low + 1) as f64),
            Domain::Float { low, high, .. } if !low.is_finite() || !high.is_finite() => {
                return refuse(format!("bounds {low} and {high} are not both finite"));
            }
            Domain::Float { low, high, .. } if low >= high => {
                return refuse(format!("low {low} is not below high {high}"));
            }
            Domain::Float { low, high, .. } if !(high - low).is_finite() => {
                return refuse(format!("the distance from low {low} to high {high} is not finite"));
            }
            Domain::Float { low, log: true, .. } if *low <= 0.0 => {
                return refuse(format!("low {low} of a logarithmic range is not above zero"));
            }
            Domain::Float { low, high, log: true } => {
                let bottom = numeric::ln(*low);
                (bottom, numeric::ln(*high) - bottom)
            }
            Domain::Float { low, high, log: false } => (*low, high - low),
            Domain::Choice { options } if options.len() < 2 => {
                return refuse(format!("a choice needs two options or more and has {}", options.len()));
            }
            Domain::Choice { options } => {
                let repeated = options.iter().enumerate().find(|(at, option)| options[..*at].contains(option));
                if let Some((_, option)) = repeated {
                    return refuse(format!("option `{option}` stands there twice"));
                }
                (0.0, options.len() as f64)
            }
            Domain::Bool => (0.0, 2.0),
        };
        Ok(Self { name, domain, origin, span })
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
            (Domain::Int { low, high, log }, ParamValue::Int(value)) if (low..=high).contains(&value) => {
                if *log {
                    (numeric::ln(*value as f64) - self.origin) / self.span
                } else {
                    ((value - low) as f64 + 0.5) / self.span
                }
            }
            (Domain::Float { low, high, log }, ParamValue::Float(value)) if (low..=high).contains(&value) => {
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
            Domain::Int { low, high, log: true } => {
                ParamValue::Int(((numeric::exp(place) + 0.5) as i64).clamp(*low, *high))
            }
            Domain::Int { low, high, log: false } => ParamValue::Int((low + cell).min(*high)),
            // The end itself, which rounding might miss.
            Domain::Float { high, .. } if unit >= 1.0 => ParamValue::Float(*high),
            Domain::Float { low, high, log } => {
                ParamValue::Float(if *log { numeric::exp(place) } else { place }.clamp(*low, *high))
            }
            Domain::Choice { options } => {
                let index = usize::try_from(cell).unwrap_or(0).min(options.len() - 1);
                ParamValue::Choice(options[index].clone())
            }
            Domain::Bool => ParamValue::Bool(cell >= 1),
        }
    }

    /// Says what the values are, for messages: "an integer from 16 to 256".
    pub(super) fn wanted(&self) -> String {
        match &self.domain {
            Domain::Int { low, high, .. } => format!("an integer from {low} to {high}"),
            Domain::Float { low, high, .. } => format!("a number from {low} to {high}"),
            Domain::Choice { options } => format!("one of {}", options.join(", ")),
            Domain::Bool => "true or false".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
