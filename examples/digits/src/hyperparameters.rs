//! What can be tuned about the network and its training.

use foundation_core::{Code, Error, Result};
use mabeam::{Params, SearchSpace};

/// The function that the hidden layer applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    /// The positive part.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

/// The parameters of one trial, read and checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hyperparameters {
    pub(crate) hidden: usize,
    pub(crate) rate: f32,
    pub(crate) batch: usize,
    pub(crate) l2: f32,
    pub(crate) momentum: f32,
    pub(crate) activation: Activation,
}

/// What a study may tune:
///
/// | name | values | meaning |
/// |---|---|---|
/// | `hidden` | 16 to 256, logarithmic | units of the hidden layer |
/// | `lr` | 1e-4 to 1e-1, logarithmic | learning rate |
/// | `batch` | 16 to 256, logarithmic | digits per step |
/// | `l2` | 1e-6 to 1e-1, logarithmic | penalty on the squared weights |
/// | `momentum` | 0 to 0.99 | Nesterov's momentum |
/// | `act` | `relu`, `tanh` | activation of the hidden layer |
///
/// # Errors
/// None in fact: the bounds are possible ones.
pub fn search_space() -> Result<SearchSpace> {
    SearchSpace::builder()
        .log_int("hidden", 16, 256)
        .log_float("lr", 1e-4, 1e-1)
        .log_int("batch", 16, 256)
        .log_float("l2", 1e-6, 1e-1)
        .float("momentum", 0.0, 0.99)
        .choice("act", ["relu", "tanh"])
        .build()
}

/// What one gets without tuning: the defaults of scikit-learn's `MLPClassifier(solver="sgd")`, which are 100 hidden
/// units, a learning rate of 0.001, batches of 200, a penalty of 0.0001, a momentum of 0.9 and `relu`.
#[must_use]
pub fn default_params() -> Params {
    Params::new()
        .with("hidden", 100)
        .with("lr", 1e-3)
        .with("batch", 200)
        .with("l2", 1e-4)
        .with("momentum", 0.9)
        .with("act", "relu")
}

impl Hyperparameters {
    /// Reads the parameters; those of [`search_space`] and wider ones, as long as a network can be made of them.
    pub(crate) fn read(params: &Params) -> Result<Self> {
        let count = |name, most: usize| {
            let value = params.int(name)?;
            let read = usize::try_from(value).ok().filter(|count| (1..=most).contains(count));
            read.ok_or_else(|| refuse(name, &value.to_string(), &format!("from 1 to {most}")))
        };
        let number = |name: &str, below: f64| {
            let value = params.float(name)?;
            if (0.0..below).contains(&value) {
                return Ok(value as f32);
            }
            Err(refuse(name, &value.to_string(), &format!("at least 0 and below {below}")))
        };
        let activation = match params.choice("act")? {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            other => return Err(refuse("act", other, "relu or tanh")),
        };
        Ok(Self {
            hidden: count("hidden", 4_096)?,
            rate: number("lr", 1e6)?,
            batch: count("batch", 65_536)?,
            l2: number("l2", 1e6)?,
            momentum: number("momentum", 1.0)?,
            activation,
        })
    }
}

fn refuse(name: &str, value: &str, wanted: &str) -> Error {
    Error::new(Code::InvalidStudy, format!("parameter `{name}` of the perceptron is {value} and must be {wanted}"))
}
