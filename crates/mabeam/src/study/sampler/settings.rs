//! What the settings of all samplers have in common: how a wrong one is told.

use foundation_core::{Code, Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a setting must not be: whether it is that, its name, its value, and what is allowed.
pub(super) type Rule<'a> = (bool, &'a str, f64, &'a str);

/// Refuses the first setting that is wrong.
pub(super) fn check(sampler: &str, rules: &[Rule<'_>]) -> Result<()> {
    match rules.iter().find(|(is_wrong, ..)| *is_wrong) {
        None => Ok(()),
        Some((_, name, value, wanted)) => {
            let what = format!("setting `{name}` of sampler {sampler} is {value} and must be {wanted}");
            Err(Error::new(Code::InvalidStudy, what))
        }
    }
}

/// Whether a number is above 0 and finite.
pub(super) fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// Whether a number is above 0 and at most 1.
pub(super) fn is_part(value: f64) -> bool {
    value > 0.0 && value <= 1.0
}

/// Reads settings that a person or a log wrote; null stands for the defaults.
pub(super) fn read<S: Default + DeserializeOwned>(sampler: &str, settings: &Value) -> Result<S> {
    if settings.is_null() {
        return Ok(S::default());
    }
    S::deserialize(settings)
        .map_err(|error| Error::new(Code::InvalidStudy, format!("settings of sampler {sampler}: {error}")))
}

/// Writes settings; what has no JSON stands as null.
pub(super) fn write(settings: &impl Serialize) -> Value {
    serde_json::to_value(settings).unwrap_or_default()
}
