//! When a parameter is there at all: only if another one has one of some values.

use std::fmt;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::parameter::Parameter;
use super::params::ParamValue;

/// The place of a parameter that is not there: in the middle, where it pulls a sampler to neither side.
pub(super) const ABSENT: f64 = 0.5;

/// When a parameter is there: when another one, its parent, is there and has one of some values.
///
/// Written, it is `{"parameter":"optimizer","any_of":["sgd"]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    parameter: String,
    any_of: Vec<ParamValue>,
}

impl Condition {
    /// There when `parameter` has one of the values `any_of`.
    pub fn new<V: Into<ParamValue>>(parameter: impl Into<String>, any_of: impl IntoIterator<Item = V>) -> Self {
        Self { parameter: parameter.into(), any_of: any_of.into_iter().map(Into::into).collect() }
    }

    /// The name of the parent.
    #[must_use]
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The parent's values with which the parameter is there.
    #[must_use]
    pub fn any_of(&self) -> &[ParamValue] {
        &self.any_of
    }

    /// Whether `value` of the parent is one of those.
    pub(super) fn holds(&self, value: &ParamValue) -> bool {
        self.any_of.contains(value)
    }
}

/// `optimizer is sgd or adam`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.any_of.iter().map(ToString::to_string).collect();
        write!(f, "{} is {}", self.parameter, values.join(" or "))
    }
}

/// The conditions of a space, checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dependencies {
    /// The parent's place for each parameter that has one.
    parents: Vec<Option<usize>>,
    /// All places, each parent before its children; empty in a space without conditions.
    order: Vec<usize>,
}

impl Dependencies {
    /// Checks the conditions of `parameters` and puts whole numbers and steps right in their values.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] names a parameter and why its condition can not be: a parent that has no such value, is
    /// continuous, or depends on the parameter itself; [`Code::UnknownName`] a parent that is not in the space.
    pub(super) fn of(parameters: &mut [Parameter]) -> Result<Self> {
        let mut parents = vec![None; parameters.len()];
        for at in 0..parameters.len() {
            if let Some(condition) = parameters[at].condition() {
                let (parent, condition) = resolve(parameters, &parameters[at], condition)?;
                parents[at] = Some(parent);
                parameters[at] = parameters[at].clone().under(Some(condition));
            }
        }
        if parents.iter().all(Option::is_none) {
            return Ok(Self { parents, order: Vec::new() });
        }
        let mut order: Vec<usize> = Vec::with_capacity(parents.len());
        let mut placed = vec![false; parents.len()];
        while order.len() < parents.len() {
            let before = order.len();
            for at in 0..parents.len() {
                if !placed[at] && parents[at].is_none_or(|parent| placed[parent]) {
                    placed[at] = true;
                    order.push(at);
                }
            }
            if order.len() == before {
                let circle: Vec<&str> =
                    parameters.iter().zip(&placed).filter(|(_, placed)| !**placed).map(|(one, _)| one.name()).collect();
                let what = format!("the conditions of {} go round in a circle", circle.join(", "));
                return Err(Error::new(Code::InvalidStudy, what).advise("let one of them be there always"));
            }
        }
        Ok(Self { parents, order })
    }

    /// Whether no parameter has a condition.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All places, each parent before its children; empty in a space without conditions.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The parent's place.
    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        self.parents[at]
    }
}

fn resolve(parameters: &[Parameter], child: &Parameter, condition: &Condition) -> Result<(usize, Condition)> {
    let refuse = |code: Code, what: String| {
        Err(Error::new(code, format!("parameter `{}` of the search space: {what}", child.name())))
    };
    let parent = condition.parameter();
    let Some(at) = parameters.iter().position(|parameter| parameter.name() == parent) else {
        let known: Vec<&str> = parameters.iter().map(Parameter::name).collect();
        let what = format!("its condition is on `{parent}`, which is not among {}", known.join(", "));
        return refuse(Code::UnknownName, what);
    };
    if parent == child.name() {
        return refuse(Code::InvalidStudy, "its condition is on itself".to_owned());
    }
    if condition.any_of().is_empty() {
        return refuse(Code::InvalidStudy, format!("its condition on `{parent}` has no value"));
    }
    let parameter = &parameters[at];
    if parameter.domain().is_continuous() {
        let what = format!("its condition is on `{parent}`, which has a continuous range and no step");
        return refuse(Code::InvalidStudy, what);
    }
    let any_of: Vec<ParamValue> = condition.any_of().iter().map(|value| parameter.meant(value)).collect();
    if let Some(value) = any_of.iter().find(|value| parameter.unit_of(value).is_none()) {
        let what = format!("its condition is `{parent}` = {value}, which must be {}", parameter.domain().wanted());
        return refuse(Code::InvalidStudy, what);
    }
    Ok((at, Condition::new(parent, any_of)))
}

#[cfg(test)]
mod tests;
