//! A parameter as an axis: where its values lie, and which of them get a tick.
//!
//! The places are those that the samplers see: a logarithmic parameter is even in its logarithm, and each option of a
//! choice lies in the middle of its share.

use mabeam::{Domain, ParamValue, Parameter, Params};

use super::notation::number;
use super::scale::Scale;

/// A value of a parameter that gets a tick: its place from 0 to 1, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) unit: f64,
    pub(super) label: String,
}

/// Where a trial's value lies, from 0 to 1.
pub(super) fn place(parameter: &Parameter, params: &Params) -> Option<f64> {
    parameter.unit_of(params.get(parameter.name())?)
}

/// How far a trial is moved from its option's place, so that the trials of one option do not lie on each other: the
/// fractions of the golden ratio's multiples are spread evenly, whatever trials there are. Nothing where values have an
/// order.
pub(super) fn sideways(parameter: &Parameter, trial: u64) -> f64 {
    let Some(options) = parameter.categories() else { return 0.0 };
    let spread = (trial as f64 * 0.618_033_988_749_895).fract() - 0.5;
    spread * 0.6 / options as f64
}

/// About as many ticks as `about`; of a choice with many options some.
pub(super) fn ticks(parameter: &Parameter, about: usize) -> Vec<Place> {
    let at = |value: ParamValue, label: String| parameter.unit_of(&value).map(|unit| Place { unit, label });
    match parameter.domain() {
        Domain::Int { low, high, log, .. } => {
            let round = scale(*low as f64, *high as f64, *log).ticks(about);
            let whole = round.into_iter().filter(|tick| tick.value.fract() == 0.0);
            whole.filter_map(|tick| at(ParamValue::Int(tick.value as i64), number(tick.value))).collect()
        }
        Domain::Float { low, high, log, .. } => {
            let round = scale(*low, *high, *log).ticks(about);
            round.into_iter().filter_map(|tick| at(ParamValue::Float(tick.value), tick.label)).collect()
        }
        Domain::Choice { options } => {
            let every = options.len().div_ceil(about.max(1) * 2);
            let some = options.iter().step_by(every);
            some.filter_map(|option| at(ParamValue::Choice(option.clone()), option.clone())).collect()
        }
        Domain::Bool => {
            let both = [false, true].into_iter();
            both.filter_map(|value| at(ParamValue::Bool(value), value.to_string())).collect()
        }
        _ => Vec::new(),
    }
}

fn scale(low: f64, high: f64, is_log: bool) -> Scale {
    if is_log { Scale::log(low, high) } else { Scale::linear(low, high) }
}

/// A value with the digits that tell something.
pub(super) fn written(value: &ParamValue) -> String {
    match value {
        ParamValue::Float(value) => number(*value),
        other => other.to_string(),
    }
}

/// What a parameter may be: "16 to 256, logarithmic".
pub(super) fn domain(parameter: &Parameter) -> String {
    let range = |low: String, high: String, log: bool, step: Option<String>| {
        let steps = step.map_or_else(String::new, |step| format!(" in steps of {step}"));
        format!("{low} to {high}{steps}{}", if log { ", logarithmic" } else { "" })
    };
    match parameter.domain() {
        Domain::Int { low, high, log, step } => {
            range(low.to_string(), high.to_string(), *log, step.map(|step| step.to_string()))
        }
        Domain::Float { low, high, log, step } => range(number(*low), number(*high), *log, step.map(number)),
        Domain::Choice { options } => options.join(", "),
        Domain::Bool => "false, true".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
