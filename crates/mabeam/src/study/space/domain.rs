//! The values that a parameter may take, and what makes a set of them impossible.

use serde::{Deserialize, Serialize};

use super::grid::FloatGrid;

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
        /// The largest value, if a step leads to it; otherwise the last one below it is.
        high: i64,
        /// Whether equal ratios, and not equal differences, count as equally far.
        log: bool,
        /// The distance from one value to the next, 1 if it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<i64>,
    },
    /// The numbers from `low` to `high`, both included.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value, if no step is given or a step leads to it; otherwise the last one below it is.
        high: f64,
        /// Whether equal ratios, and not equal differences, count as equally far.
        log: bool,
        /// The distance from one value to the next; without it every number between the bounds is a value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<f64>,
    },
    /// One of several words, among which no order is assumed.
    Choice {
        /// The words, in the order they were given.
        options: Vec<String>,
    },
    /// False or true.
    Bool,
}

impl Domain {
    /// What is wrong with it, without the name of its parameter: "low 3 is not below high 3".
    pub(super) fn fault(&self) -> Option<String> {
        match self {
            Self::Int { low, high, log, step } => int_fault(*low, *high, *log, *step),
            Self::Float { low, high, log, step } => float_fault(*low, *high, *log, *step),
            Self::Choice { options } if options.len() < 2 => {
                Some(format!("a choice needs two options or more and has {}", options.len()))
            }
            Self::Choice { options } => {
                let repeated = options.iter().enumerate().find(|(at, option)| options[..*at].contains(option));
                repeated.map(|(_, option)| format!("option `{option}` stands there twice"))
            }
            Self::Bool => None,
        }
    }

    /// Whether between any two of its values lies another one.
    pub(super) fn is_continuous(&self) -> bool {
        matches!(self, Self::Float { step: None, .. })
    }

    /// Says what the values are, for messages: "an integer from 16 to 256".
    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Int { low, high, step: None, .. } => format!("an integer from {low} to {high}"),
            Self::Int { low, high, step: Some(step), .. } => {
                format!("an integer from {low} to {high} in steps of {step}")
            }
            Self::Float { low, high, step: None, .. } => format!("a number from {low} to {high}"),
            Self::Float { low, high, step: Some(step), .. } => {
                format!("a number from {low} to {high} in steps of {step}")
            }
            Self::Choice { options } => format!("one of {}", options.join(", ")),
            Self::Bool => "true or false".to_owned(),
        }
    }
}

fn int_fault(low: i64, high: i64, log: bool, step: Option<i64>) -> Option<String> {
    if low >= high {
        return Some(format!("low {low} is not below high {high}"));
    }
    if low < -LARGEST_INT || high > LARGEST_INT {
        return Some(format!("bounds {low} and {high} are not within 2^53 of zero"));
    }
    if log && low <= 0 {
        return Some(format!("low {low} of a logarithmic range is not above zero"));
    }
    match step {
        Some(step) if step <= 0 => Some(format!("step {step} is not above zero")),
        Some(step) if step > high - low => Some(format!("step {step} leads from low {low} beyond high {high}")),
        _ => None,
    }
}

fn float_fault(low: f64, high: f64, log: bool, step: Option<f64>) -> Option<String> {
    if !low.is_finite() || !high.is_finite() {
        return Some(format!("bounds {low} and {high} are not both finite"));
    }
    if low >= high {
        return Some(format!("low {low} is not below high {high}"));
    }
    if !(high - low).is_finite() {
        return Some(format!("the distance from low {low} to high {high} is not finite"));
    }
    if log && low <= 0.0 {
        return Some(format!("low {low} of a logarithmic range is not above zero"));
    }
    match step {
        None => None,
        Some(step) if !step.is_finite() => Some(format!("step {step} is not finite")),
        Some(step) if step <= 0.0 => Some(format!("step {step} is not above zero")),
        Some(step) => FloatGrid::new(low, high, step).err(),
    }
}
