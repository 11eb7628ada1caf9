//! The values of one trial's parameters.

use std::fmt;
use std::sync::Arc;

use foundation_core::{Code, Error, Result};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of one parameter.
///
/// In JSON it is a plain scalar and comes back bit for bit: an integer has no point, a float always has one or an
/// exponent (`1.0`), a choice is a string. A float that is not finite has no JSON and is refused on writing.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// The option that was chosen.
    Choice(String),
    /// A switch.
    Bool(bool),
}

impl ParamValue {
    /// What the value is, for messages.
    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Choice(_) => "a choice",
            Self::Bool(_) => "a boolean",
        }
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            // Debug keeps the point of a whole number.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Choice(value) => f.write_str(value),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl From<i64> for ParamValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        Self::Choice(value.to_owned())
    }
}

impl From<String> for ParamValue {
    fn from(value: String) -> Self {
        Self::Choice(value)
    }
}

impl From<bool> for ParamValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl Serialize for ParamValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::Float(value) => Err(S::Error::custom(format!("the parameter value {value} is not finite"))),
            Self::Choice(value) => serializer.serialize_str(value),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

impl<'de> Deserialize<'de> for ParamValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = ParamValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a string or a boolean")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<ParamValue, E> {
        Ok(ParamValue::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ParamValue, E> {
        let value = i64::try_from(value).map_err(|_| E::custom(format!("the integer {value} exceeds 63 bits")))?;
        Ok(ParamValue::Int(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<ParamValue, E> {
        Ok(ParamValue::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<ParamValue, E> {
        Ok(ParamValue::Choice(value.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<ParamValue, E> {
        Ok(ParamValue::Bool(value))
    }
}

/// The values of one trial, in the order of the parameters' names. A clone shares them, and the points of one space share
/// their names.
///
/// ```
/// use mabeam::Params;
///
/// let params: Params = [("lr", 0.03.into()), ("hidden", 64.into())].into_iter().collect();
/// assert_eq!(params.int("hidden")?, 64);
/// assert_eq!(params.to_string(), "hidden=64 lr=0.03");
/// assert_eq!(params.float("rate").unwrap_err().what(), "parameter `rate` is not among hidden, lr");
/// # Ok::<(), foundation_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Params {
    /// Sorted, none twice.
    names: Arc<[Arc<str>]>,
    /// As many, in the same order.
    values: Arc<[ParamValue]>,
}

impl Params {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self { names: Arc::new([]), values: Arc::new([]) }
    }

    /// Takes names that are sorted, none twice, and as many values in the same order.
    pub(super) fn of_sorted(names: Arc<[Arc<str>]>, values: Arc<[ParamValue]>) -> Self {
        debug_assert_eq!(names.len(), values.len(), "each name has a value");
        Self { names, values }
    }

    /// The same parameters, holding on to `names` instead of their own where these are the same. What was read from a
    /// log has names of its own, trial by trial.
    pub(super) fn sharing(&self, names: &Arc<[Arc<str>]>) -> Self {
        let names = if self.names == *names { names } else { &self.names };
        Self { names: Arc::clone(names), values: Arc::clone(&self.values) }
    }

    /// Whether the names are these very ones, which says quickly that they are the same; it does not say that they are
    /// not.
    pub(super) fn has_shared(&self, names: &Arc<[Arc<str>]>) -> bool {
        Arc::ptr_eq(&self.names, names)
    }

    /// The values, in the order of the names.
    pub(super) fn values(&self) -> &[ParamValue] {
        &self.values
    }

    /// The same parameters with `name` set to `value`.
    #[must_use]
    pub fn with(self, name: impl Into<Arc<str>>, value: impl Into<ParamValue>) -> Self {
        let added = (name.into(), value.into());
        self.names.iter().cloned().zip(self.values.iter().cloned()).chain([added]).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &ParamValue)> {
        self.names.iter().map(|name| &**name).zip(&*self.values)
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        let at = self.names.binary_search_by(|other| (**other).cmp(name)).ok()?;
        self.values.get(at)
    }

    /// The whole number `name`.
    ///
    /// # Errors
    /// [`Code::UnknownName`] if there is no such parameter, [`Code::InvalidStudy`] if it is something else.
    pub fn int(&self, name: &str) -> Result<i64> {
        match self.find(name)? {
            ParamValue::Int(value) => Ok(*value),
            other => Err(wrong_kind(name, other, "an integer")),
        }
    }

    /// The number `name`.
    ///
    /// # Errors
    /// As [`int`](Self::int).
    pub fn float(&self, name: &str) -> Result<f64> {
        match self.find(name)? {
            ParamValue::Float(value) => Ok(*value),
            other => Err(wrong_kind(name, other, "a float")),
        }
    }

    /// The option chosen for `name`.
    ///
    /// # Errors
    /// As [`int`](Self::int).
    pub fn choice(&self, name: &str) -> Result<&str> {
        match self.find(name)? {
            ParamValue::Choice(value) => Ok(value),
            other => Err(wrong_kind(name, other, "a choice")),
        }
    }

    /// The switch `name`.
    ///
    /// # Errors
    /// As [`int`](Self::int).
    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.find(name)? {
            ParamValue::Bool(value) => Ok(*value),
            other => Err(wrong_kind(name, other, "a boolean")),
        }
    }

    fn find(&self, name: &str) -> Result<&ParamValue> {
        self.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.iter().map(|(name, _)| name).collect();
            let known = if known.is_empty() { "those of an empty set".to_owned() } else { known.join(", ") };
            Error::new(Code::UnknownName, format!("parameter `{name}` is not among {known}"))
        })
    }
}

fn wrong_kind(name: &str, value: &ParamValue, asked: &str) -> Error {
    Error::new(Code::InvalidStudy, format!("parameter `{name}` is {} ({value}) and was read as {asked}", value.kind()))
}

impl Default for Params {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// One line: `act=relu hidden=64 lr=0.03`.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{name}={value}")?;
        }
        Ok(())
    }
}

/// A name that comes twice keeps its last value.
impl<N: Into<Arc<str>>> FromIterator<(N, ParamValue)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, ParamValue)>>(values: I) -> Self {
        let sorted: std::collections::BTreeMap<Arc<str>, ParamValue> =
            values.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let (names, values): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        Self::of_sorted(names.into(), values.into())
    }
}

impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParamsVisitor)
    }
}

struct ParamsVisitor;

impl<'de> Visitor<'de> for ParamsVisitor {
    type Value = Params;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from parameter names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params, A::Error> {
        let mut values = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, ParamValue>()? {
            if values.iter().any(|(other, _)| *other == name) {
                return Err(de::Error::custom(format!("parameter `{name}` stands there twice")));
            }
            values.push((name, value));
        }
        Ok(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
