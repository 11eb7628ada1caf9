//! Optuna's distributions: what a parameter could be, and how a value is written in a journal.

use mabeam::{Domain, ParamValue};
use serde_json::Value;

use super::line::value;

/// What a parameter could be.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// A number.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// Whether it is even in the logarithm.
        log: bool,
        /// The distance of neighbours, where there is one.
        step: Option<f64>,
    },
    /// A whole number.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
        /// Whether it is even in the logarithm.
        log: bool,
        /// The distance of neighbours.
        step: i64,
    },
    /// One of several scalars: strings, numbers, booleans, null.
    Categorical(Vec<Value>),
}

impl Distribution {
    /// Reads the JSON that a journal holds; the answer to what is none is what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let written = value(text)?;
        let attributes = &written["attributes"];
        let number = |name: &str| attributes[name].as_f64().ok_or_else(|| format!("`{name}` is no number"));
        let whole = |name: &str| attributes[name].as_i64().ok_or_else(|| format!("`{name}` is no whole number"));
        let log = attributes["log"].as_bool().unwrap_or(false);
        match written["name"].as_str() {
            Some("FloatDistribution") => {
                let step = if attributes["step"].is_null() { None } else { Some(number("step")?) };
                Ok(Self::Float { low: number("low")?, high: number("high")?, log, step })
            }
            Some("IntDistribution") => {
                let step = if attributes["step"].is_null() { 1 } else { whole("step")? };
                Ok(Self::Int { low: whole("low")?, high: whole("high")?, log, step })
            }
            Some("CategoricalDistribution") => {
                let choices = attributes["choices"].as_array().ok_or("`choices` is no list")?;
                Ok(Self::Categorical(choices.clone()))
            }
            Some(other) => Err(format!(
                "distribution `{other}` is not known; known are FloatDistribution, IntDistribution and \
                 CategoricalDistribution"
            )),
            None => Err("a distribution has no name".to_owned()),
        }
    }

    /// The same, wide enough for `other` too; the answer where both cannot be one is why.
    pub(super) fn united(&self, other: &Self) -> Result<Self, String> {
        match (self, other) {
            (
                Self::Float { low, high, log, step },
                Self::Float { low: other_low, high: other_high, log: other_log, step: other_step },
            ) if log == other_log && step == other_step => {
                Ok(Self::Float { low: low.min(*other_low), high: high.max(*other_high), log: *log, step: *step })
            }
            (
                Self::Int { low, high, log, step },
                Self::Int { low: other_low, high: other_high, log: other_log, step: other_step },
            ) if log == other_log && step == other_step && (low - other_low) % step.max(&1) == 0 => {
                Ok(Self::Int { low: *low.min(other_low), high: *high.max(other_high), log: *log, step: *step })
            }
            (Self::Categorical(choices), Self::Categorical(others)) if choices == others => Ok(self.clone()),
            _ => Err("it was once one thing and once another".to_owned()),
        }
    }

    /// The only value there is, where there is only one.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Float { low, high, .. } => low >= high,
            Self::Int { low, high, step, .. } => low.saturating_add(*step) > *high,
            Self::Categorical(choices) => choices.len() < 2,
        }
    }

    /// The domain of ours with these values.
    pub(super) fn domain(&self) -> Domain {
        match self {
            Self::Float { low, high, log, step } => Domain::Float { low: *low, high: *high, log: *log, step: *step },
            Self::Int { low, high, log, step } => {
                Domain::Int { low: *low, high: *high, log: *log, step: Some(*step).filter(|step| *step != 1) }
            }
            Self::Categorical(choices) if is_switch(choices) => Domain::Bool,
            Self::Categorical(choices) => Domain::Choice { options: words(choices) },
        }
    }

    /// The value of ours that a journal's number stands for; the answer where it stands for none is why.
    pub(super) fn value(&self, internal: f64) -> Result<ParamValue, String> {
        match self {
            Self::Float { .. } => Ok(ParamValue::Float(internal)),
            Self::Int { .. } if internal.fract() == 0.0 && internal.abs() < 1e15 => {
                Ok(ParamValue::Int(internal as i64))
            }
            Self::Int { .. } => Err(format!("{internal} is no whole number")),
            Self::Categorical(choices) => {
                let is_index = internal.fract() == 0.0 && (0.0..choices.len() as f64).contains(&internal);
                let place = if is_index { internal as usize } else { choices.len() };
                match choices.get(place) {
                    None => Err(format!("{internal} is no place among {} choices", choices.len())),
                    Some(Value::Bool(value)) if is_switch(choices) => Ok(ParamValue::Bool(*value)),
                    Some(_) => Ok(ParamValue::Choice(words(choices).swap_remove(place))),
                }
            }
        }
    }
}

/// Whether the choices are false and true.
fn is_switch(choices: &[Value]) -> bool {
    choices.len() == 2 && choices.contains(&Value::Bool(false)) && choices.contains(&Value::Bool(true))
}

/// The choices as words: a string as it is, another scalar as JSON; a string that would then read like one of the
/// others, such as `"3"` beside `3`, keeps its quotes.
fn words(choices: &[Value]) -> Vec<String> {
    let plain = |choice: &Value| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
    let scalars: Vec<String> = choices.iter().filter(|choice| !choice.is_string()).map(Value::to_string).collect();
    let word = |choice: &Value| match choice.as_str() {
        Some(word) if scalars.iter().any(|scalar| scalar == word) => choice.to_string(),
        _ => plain(choice),
    };
    choices.iter().map(word).collect()
}

#[cfg(test)]
mod tests;
