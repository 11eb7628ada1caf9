//! The search space: which parameters a study turns, within which bounds, when each is there, and what they have to
//! keep among each other.

mod builder;
mod condition;
mod constraint;
mod domain;
mod feasible;
mod grid;
pub(super) mod numeric;
mod parameter;
mod params;
mod written;

use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

pub use builder::SearchSpaceBuilder;
pub use condition::Condition;
use condition::{ABSENT, Dependencies};
pub use constraint::{Constraint, ConstraintError};
pub use domain::Domain;
pub use feasible::Attempts;
pub use parameter::Parameter;
pub use params::{ParamValue, Params};
use written::Written;

/// The parameters of a study, in the order they were given; never empty, no name twice. A clone shares them.
///
/// It is made by a [`SearchSpaceBuilder`] or read back, and is checked in both cases. Written, it is
/// `{"version":2,"parameters":[{"name":"lr","kind":"float","low":0.0001,"high":0.1,"log":true}, …]}`; a form with a
/// newer version is refused.
///
/// A parameter with a [`Condition`] is there only when its parent is there and has one of some values; otherwise the
/// parameters of a trial do not have it, and its coordinate is 0.5 and means nothing. A [`Constraint`] cuts the space: its points
/// are still points of the space, but [`satisfies`](Self::satisfies) tells those that keep it.
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
///
/// let space = SearchSpace::builder()
///     .choice("optimizer", ["sgd", "adam"])
///     .stepped_float("momentum", 0.0, 0.9, 0.1)
///     .when("momentum", "optimizer", ["sgd"])
///     .int("layers", 1, 4)
///     .stepped_int("width", 16, 512, 16)
///     .constraint("width * layers <= 1024")
///     .build()?;
/// let adam = space.params_at(&[1.0, 0.5, 1.0, 1.0]);
/// assert_eq!(adam.to_string(), "layers=4 optimizer=adam width=512");
/// assert!(!space.satisfies(&adam));
/// # Ok::<(), foundation_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct SearchSpace {
    parameters: Arc<[Parameter]>,
    /// The parameters' names, sorted: the order of [`Params`].
    names: Arc<[Arc<str>]>,
    /// The parameters' places, in the order of their names.
    by_name: Arc<[usize]>,
    dependencies: Arc<Dependencies>,
    constraints: Arc<[Constraint]>,
}

impl SearchSpace {
    /// Starts the description of a space.
    #[must_use]
    pub fn builder() -> SearchSpaceBuilder {
        SearchSpaceBuilder::default()
    }

    fn new(mut parameters: Vec<Parameter>, constraints: Vec<Constraint>) -> Result<Self> {
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
        let dependencies = Dependencies::of(&mut parameters)?;
        for constraint in &constraints {
            constraint.check(&parameters).map_err(|error| refused(constraint.text(), &error))?;
        }
        Ok(Self {
            parameters: parameters.into(),
            names: by_name.iter().map(|(name, _)| Arc::clone(name)).collect(),
            by_name: by_name.iter().map(|(_, at)| *at).collect(),
            dependencies: Arc::new(dependencies),
            constraints: constraints.into(),
        })
    }

    /// The parameters, in the order they were given.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What a point has to keep besides, in the order it was given.
    #[must_use]
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// Whether `params` keep all constraints.
    #[must_use]
    pub fn satisfies(&self, params: &Params) -> bool {
        self.constraints.iter().all(|constraint| constraint.holds(params))
    }

    /// Checks that `params` is a point of this space: each parameter whose condition holds there, of the right kind and
    /// within its bounds, and none besides. It does not ask whether they keep the constraints.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] names the parameter, its value and what is allowed; [`Code::UnknownName`] names a
    /// parameter that the space does not have, and those it has.
    pub fn check(&self, params: &Params) -> Result<()> {
        let refuse = |what: String| Err(Error::new(Code::InvalidStudy, what));
        for (at, parameter) in self.parameters.iter().enumerate() {
            let name = parameter.name();
            match (params.get(name), parameter.condition()) {
                (Some(_), Some(condition)) if !self.is_active(at, params) => {
                    return refuse(format!("parameter `{name}` is given and is there only when {condition}"));
                }
                (Some(value), _) if parameter.unit_of(value).is_none() => {
                    let wanted = parameter.domain().wanted();
                    return refuse(format!("parameter `{name}` is {value} and must be {wanted}"));
                }
                (None, _) if self.is_active(at, params) => {
                    return refuse(format!("parameter `{name}` is missing; it is {}", parameter.domain().wanted()));
                }
                _ => {}
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

    /// Checks that `params` is a point of this space that keeps all constraints.
    ///
    /// # Errors
    /// As [`check`](Self::check), and [`Code::InvalidStudy`] with the first constraint that is not kept.
    pub fn check_feasible(&self, params: &Params) -> Result<()> {
        self.check(params)?;
        match self.constraints.iter().find(|constraint| !constraint.holds(params)) {
            None => Ok(()),
            Some(broken) => Err(Error::new(Code::InvalidStudy, format!("{params} does not keep `{broken}`"))),
        }
    }

    /// Whether the parameter at that place is there beside the others of `params`. No circle of conditions was let in,
    /// so this ends.
    fn is_active(&self, mut at: usize, params: &Params) -> bool {
        while let (Some(parent), Some(condition)) = (self.dependencies.parent(at), self.parameters[at].condition()) {
            if !params.get(condition.parameter()).is_some_and(|value| condition.holds(value)) {
                return false;
            }
            at = parent;
        }
        true
    }

    /// Reads parameters that a person or another program wrote: a whole number where the space has a float becomes
    /// one, a float that rounding moved off its step is put back, then all is [checked](Self::check).
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn conform(&self, params: &Params) -> Result<Params> {
        let meant = |name: &str, value: &ParamValue| {
            let found = self.parameters.iter().find(|parameter| parameter.name() == name);
            found.map_or_else(|| value.clone(), |parameter| parameter.meant(value))
        };
        let read: Params = params.iter().map(|(name, value)| (name, meant(name, value))).collect();
        self.check(&read)?;
        Ok(read)
    }

    /// The same parameters, sharing their names with the space where they have all of them: a study holds on to many.
    pub(super) fn sharing(&self, params: &Params) -> Params {
        params.sharing(&self.names)
    }

    /// Where `params` lies in the unit cube, one coordinate per parameter in the order they were given; a parameter that
    /// is not there has 0.5.
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
        if !self.dependencies.is_empty() {
            return self.write_conditional(params, units);
        }
        // Both sides are in the order of names.
        (params.has_shared(&self.names)
            || params.iter().map(|(name, _)| name).eq(self.names.iter().map(|name| &**name)))
            && params.values().iter().zip(&*self.by_name).all(|(value, at)| {
                let unit = self.parameters[*at].unit_of(value);
                if let Some(unit) = unit {
                    units[*at] = unit;
                }
                unit.is_some()
            })
    }

    fn write_conditional(&self, params: &Params, units: &mut [f64]) -> bool {
        let mut there = 0;
        for (at, parameter) in self.parameters.iter().enumerate() {
            units[at] = match params.get(parameter.name()) {
                Some(value) if self.is_active(at, params) => match parameter.unit_of(value) {
                    Some(unit) => unit,
                    None => return false,
                },
                None if !self.is_active(at, params) => ABSENT,
                _ => return false,
            };
            there += usize::from(params.get(parameter.name()).is_some());
        }
        params.len() == there
    }

    /// The point at `units`, one coordinate per parameter in the order they were given; a missing one counts as 0.
    /// Parameters whose condition does not hold are left out, whatever their coordinates are.
    #[must_use]
    pub fn params_at(&self, units: &[f64]) -> Params {
        let value_at = |at: usize| self.parameters[at].value_at(units.get(at).copied().unwrap_or(0.0));
        if self.dependencies.is_empty() {
            return Params::of_sorted(Arc::clone(&self.names), self.by_name.iter().map(|at| value_at(*at)).collect());
        }
        let values = self.values_there(value_at);
        let there = |(name, at): (&Arc<str>, &usize)| Some((Arc::clone(name), values[*at].clone()?));
        let (names, values): (Vec<_>, Vec<_>) = self.names.iter().zip(&*self.by_name).filter_map(there).unzip();
        let whole = Params::of_sorted(names.into(), values.into());
        whole.sharing(&self.names)
    }

    /// Sets the coordinates that mean nothing to 0.5: of the parameters that are not at `units`. Two places are then the
    /// same point only if their coordinates are the same.
    pub fn impute(&self, units: &mut [f64]) {
        if self.dependencies.is_empty() {
            return;
        }
        let values = self.values_there(|at| self.parameters[at].value_at(units.get(at).copied().unwrap_or(0.0)));
        for (unit, value) in units.iter_mut().zip(&values) {
            if value.is_none() {
                *unit = ABSENT;
            }
        }
    }

    /// The value of each parameter that is there, parents before their children.
    fn values_there(&self, value_at: impl Fn(usize) -> ParamValue) -> Vec<Option<ParamValue>> {
        let mut values = vec![None; self.parameters.len()];
        for &at in self.dependencies.order() {
            let holds = match (self.dependencies.parent(at), self.parameters[at].condition()) {
                (Some(parent), Some(condition)) => values[parent].as_ref().is_some_and(|value| condition.holds(value)),
                _ => true,
            };
            if holds {
                values[at] = Some(value_at(at));
            }
        }
        values
    }
}

/// Why a constraint cannot be one of a space, with the place in its text.
fn refused(text: &str, error: &ConstraintError) -> Error {
    let code = if error.unknown.is_some() { Code::UnknownName } else { Code::InvalidStudy };
    let before = text.get(..error.at.start).unwrap_or(text);
    let column = before.chars().count() + 1;
    Error::new(code, format!("constraint `{text}` of the search space, column {column}: {error}"))
}

#[cfg(test)]
mod tests;
