//! The search space: which parameters a study turns, and within which bounds.

pub(super) mod numeric;
mod parameter;
mod params;

use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

pub use parameter::{Domain, Parameter};
pub use params::{ParamValue, Params};

/// The version of the written form.
const VERSION: u32 = 1;

/// The parameters of a study, in the order they were given; never empty, no name twice. A clone shares them.
///
/// It is made by a [`SearchSpaceBuilder`] or read back, and is checked in both cases. Written, it is
/// `{"version":1,"parameters":[{"name":"lr","kind":"float","low":0.0001,"high":0.1,"log":true}, …]}`; a form with a
/// newer version is refused.
///
/// ```
/// use mabeam::SearchSpace;
///
/// let space = SearchSpace::builder()
///     .log_int("hidden", 16, 256)
///     .log_float("lr", 1e-4, 1e-1)
///     .choice("act", ["relu", "tanh"])
///     .build()?;
/// let middle = space.params_at(&[0.5, 0.5, 0.25]);
/// assert_eq!(middle.int("hidden")?, 63);
/// assert_eq!(middle.choice("act")?, "relu");
/// space.check(&middle)?;
/// # Ok::<(), foundation_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct SearchSpace {
    parameters: Arc<[Parameter]>,
    /// The parameters' names and places, by name: the order of [`Params`].
    by_name: Arc<[(Arc<str>, usize)]>,
}

impl SearchSpace {
    /// Starts the description of a space.
    #[must_use]
    pub fn builder() -> SearchSpaceBuilder {
        SearchSpaceBuilder { described: Vec::new() }
    }

    fn new(parameters: Vec<Parameter>) -> Result<Self> {
        if parameters.is_empty() {
            return Err(Error::new(Code::InvalidStudy, "the search space has no parameter")
                .advise("give it one parameter or more"));
        }
        let mut by_name: Vec<(Arc<str>, usize)> =
            parameters.iter().enumerate().map(|(at, parameter)| (parameter.name().into(), at)).collect();
        by_name.sort();
        if let Some(pair) = by_name.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let what = format!("parameter `{}` of the search space: the name stands there twice", pair[0].0);
            return Err(Error::new(Code::InvalidStudy, what));
        }
        Ok(Self { parameters: parameters.into(), by_name: by_name.into() })
    }

    /// The parameters, in the order they were given.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Checks that `params` is a point of this space: each parameter there, of the right kind and within its bounds,
    /// and none besides.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] names the parameter, its value and what is allowed; [`Code::UnknownName`] names a
    /// parameter that the space does not have, and those it has.
    pub fn check(&self, params: &Params) -> Result<()> {
        for parameter in &*self.parameters {
            let name = parameter.name();
            let Some(value) = params.get(name) else {
                let what = format!("parameter `{name}` is missing; it is {}", parameter.wanted());
                return Err(Error::new(Code::InvalidStudy, what));
            };
            if parameter.unit_of(value).is_none() {
                let what = format!("parameter `{name}` is {value} and must be {}", parameter.wanted());
                return Err(Error::new(Code::InvalidStudy, what));
            }
        }
        match params.iter().find(|(name, _)| !self.parameters.iter().any(|parameter| parameter.name() == *name)) {
            None => Ok(()),
            Some((name, _)) => {
                let known: Vec<&str> = self.parameters.iter().map(Parameter::name).collect();
                let what = format!("parameter `{name}` is not in the search space of {}", known.join(", "));
                Err(Error::new(Code::UnknownName, what))
            }
        }
    }

    /// Reads parameters that a person or another program wrote: a whole number where the space has a float becomes
    /// one, then all is [checked](Self::check).
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn conform(&self, params: &Params) -> Result<Params> {
        let is_float = |name: &str| {
            let found = self.parameters.iter().find(|parameter| parameter.name() == name);
            found.is_some_and(|parameter| matches!(parameter.domain(), Domain::Float { .. }))
        };
        let read = params.iter().map(|(name, value)| match value {
            ParamValue::Int(whole) if is_float(name) => (name, ParamValue::Float(*whole as f64)),
            other => (name, other.clone()),
        });
        let read: Params = read.collect();
        self.check(&read)?;
        Ok(read)
    }

    /// Where `params` lies in the unit cube, one coordinate per parameter in the order they were given.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn units_of(&self, params: &Params) -> Result<Vec<f64>> {
        let mut units = vec![0.0; self.parameters.len()];
        if self.write_units(params, &mut units) {
            return Ok(units);
        }
        self.check(params)?;
        Err(Error::new(Code::Internal, format!("the point {params} has no place in its search space")))
    }

    /// Writes where `params` lies into `units`, and answers whether it is a point of this space.
    pub(super) fn write_units(&self, params: &Params, units: &mut [f64]) -> bool {
        // Both sides are in the order of names, so one walk along them is enough.
        params.len() == self.by_name.len()
            && params.iter().zip(&*self.by_name).all(|((name, value), (wanted, at))| {
                let unit = if name == &**wanted { self.parameters[*at].unit_of(value) } else { None };
                if let Some(unit) = unit {
                    units[*at] = unit;
                }
                unit.is_some()
            })
    }

    /// The point at `units`, one coordinate per parameter in the order they were given; a missing one counts as 0.
    #[must_use]
    pub fn params_at(&self, units: &[f64]) -> Params {
        Params::from_sorted(self.by_name.iter().map(|(name, at)| {
            let unit = units.get(*at).copied().unwrap_or(0.0);
            (Arc::clone(name), self.parameters[*at].value_at(unit))
        }))
    }
}

/// Describes a [`SearchSpace`], parameter by parameter.
#[derive(Clone, Debug)]
pub struct SearchSpaceBuilder {
    described: Vec<(String, Domain)>,
}

impl SearchSpaceBuilder {
    /// Adds the integers from `low` to `high`, both included.
    #[must_use]
    pub fn int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: false })
    }

    /// Adds the integers from `low` to `high`, both included, even in their logarithm.
    #[must_use]
    pub fn log_int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: true })
    }

    /// Adds the numbers from `low` to `high`.
    #[must_use]
    pub fn float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: false })
    }

    /// Adds the numbers from `low` to `high`, even in their logarithm.
    #[must_use]
    pub fn log_float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: true })
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

    /// Checks the description.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] if there is no parameter or a name stands there twice, or names the first parameter
    /// that is not possible and says why: low not below high, a logarithmic range that does not lie above zero, bounds
    /// that are not finite (integers: not within 2^53 of zero), a choice with fewer than two options or one twice.
    pub fn build(self) -> Result<SearchSpace> {
        let parameters = self.described.into_iter().map(|(name, domain)| Parameter::new(name, domain));
        SearchSpace::new(parameters.collect::<Result<_>>()?)
    }
}

/// The form in which a space stands in a log.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    parameters: Vec<WrittenParameter>,
}

#[derive(Serialize, Deserialize)]
struct WrittenParameter {
    name: String,
    #[serde(flatten)]
    domain: Domain,
}

impl From<SearchSpace> for Written {
    fn from(space: SearchSpace) -> Self {
        let write = |parameter: &Parameter| WrittenParameter {
            name: parameter.name().to_owned(),
            domain: parameter.domain().clone(),
        };
        Self { version: VERSION, parameters: space.parameters.iter().map(write).collect() }
    }
}

impl TryFrom<Written> for SearchSpace {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        if written.version > VERSION {
            let what = format!("read a search space: its version is {}, known is {VERSION}", written.version);
            return Err(Error::new(Code::NewerVersion, what));
        }
        let parameters =
            written.parameters.into_iter().map(|parameter| Parameter::new(parameter.name, parameter.domain));
        Self::new(parameters.collect::<Result<_>>()?)
    }
}

#[cfg(test)]
mod tests;
