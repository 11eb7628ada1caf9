//! Describes a search space, parameter by parameter.

use foundation_core::{Code, Error, Result};

use super::condition::Condition;
use super::constraint::Constraint;
use super::domain::Domain;
use super::parameter::Parameter;
use super::params::ParamValue;
use super::{SearchSpace, refused};

/// Describes a [`SearchSpace`], parameter by parameter.
#[derive(Clone, Debug, Default)]
pub struct SearchSpaceBuilder {
    described: Vec<(String, Domain)>,
    /// Names of parameters, and when they are there.
    conditions: Vec<(String, Condition)>,
    constraints: Vec<String>,
}

impl SearchSpaceBuilder {
    /// Adds the integers from `low` to `high`, both included.
    #[must_use]
    pub fn int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: false, step: None })
    }

    /// Adds the integers from `low` to `high`, both included, even in their logarithm.
    #[must_use]
    pub fn log_int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: true, step: None })
    }

    /// Adds the integers `low`, `low + step`, … that do not exceed `high`.
    #[must_use]
    pub fn stepped_int(self, name: impl Into<String>, low: i64, high: i64, step: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: false, step: Some(step) })
    }

    /// Adds the numbers from `low` to `high`.
    #[must_use]
    pub fn float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: false, step: None })
    }

    /// Adds the numbers from `low` to `high`, even in their logarithm.
    #[must_use]
    pub fn log_float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: true, step: None })
    }

    /// Adds the numbers `low`, `low + step`, … that do not exceed `high`.
    #[must_use]
    pub fn stepped_float(self, name: impl Into<String>, low: f64, high: f64, step: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: false, step: Some(step) })
    }

    /// Adds a choice among `options`.
    #[must_use]
    pub fn choice<O: Into<String>>(self, name: impl Into<String>, options: impl IntoIterator<Item = O>) -> Self {
        self.parameter(name, Domain::Choice { options: options.into_iter().map(Into::into).collect() })
    }

    /// Adds a switch.
    #[must_use]
    pub fn bool(self, name: impl Into<String>) -> Self {
        self.parameter(name, Domain::Bool)
    }

    /// Adds a parameter whose values are `domain`.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, domain: Domain) -> Self {
        self.described.push((name.into(), domain));
        self
    }

    /// Lets the parameter `name` be there only when `parent` is there and has one of the values `any_of`; the order in
    /// which the two are added does not matter.
    #[must_use]
    pub fn when<V: Into<ParamValue>>(
        mut self,
        name: impl Into<String>,
        parent: impl Into<String>,
        any_of: impl IntoIterator<Item = V>,
    ) -> Self {
        self.conditions.push((name.into(), Condition::new(parent, any_of)));
        self
    }

    /// Adds a [`Constraint`] that every point has to keep: `"hidden * layers <= 1024"`.
    #[must_use]
    pub fn constraint(mut self, text: impl Into<String>) -> Self {
        self.constraints.push(text.into());
        self
    }

    /// Checks the description.
    ///
    /// # Errors
    /// - [`Code::InvalidStudy`] if there is no parameter or a name stands there twice, or names the first parameter
    ///   that is not possible and says why: low not below high, a logarithmic range that does not lie above zero, bounds
    ///   that are not finite (integers: not within 2^53 of zero), a step that is not above zero or leads beyond the range, a
    ///   choice with fewer than two options or one twice; conditions that go round in a circle or ask for a value
    ///   that the parent cannot have; a constraint that cannot be read.
    /// - [`Code::UnknownName`] if a condition or a constraint names a parameter that there is not.
    pub fn build(self) -> Result<SearchSpace> {
        let parameters = self.described.into_iter().map(|(name, domain)| Parameter::new(name, domain));
        let mut parameters: Vec<Parameter> = parameters.collect::<Result<_>>()?;
        for (name, condition) in self.conditions {
            let Some(parameter) = parameters.iter_mut().find(|parameter| parameter.name() == name) else {
                let what = format!("the condition that {condition} is for `{name}`, which is not in the search space");
                return Err(Error::new(Code::UnknownName, what));
            };
            if parameter.condition().is_some() {
                let what = format!("parameter `{name}` of the search space: it has two conditions");
                return Err(Error::new(Code::InvalidStudy, what)
                    .advise("give it one condition with all values, or let its parent have the other one"));
            }
            *parameter = parameter.clone().under(Some(condition));
        }
        let read = |text: &String| Constraint::parse(text).map_err(|error| refused(text, &error));
        let constraints = self.constraints.iter().map(read).collect::<Result<_>>()?;
        SearchSpace::new(parameters, constraints)
    }
}
