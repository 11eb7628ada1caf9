//! Samplers: which parameters the next trial tries.
//!
//! A sampler is a pure function of the space, of what is known and of a stream of random numbers. It keeps nothing
//! between two calls, so a study that goes on after a crash, or is replayed from its log, proposes the same points.

mod axis;
mod cma;
mod gp;
mod history;
mod linear;
mod local;
mod observation;
mod proposals;
mod random;
mod scalarise;
mod settings;
mod sobol;
mod taken;
mod tpe;

use std::fmt;
use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Code, Error, Result};
use serde_json::Value;

use super::space::{Params, SearchSpace};
pub use cma::{CmaSampler, CmaSettings};
pub use gp::{GpSampler, GpSettings};
pub use history::History;
pub use local::{LocalSampler, LocalSettings};
pub use observation::{Observation, Pending};
pub use random::RandomSampler;
pub use scalarise::{dominates, pareto_front, scalarised};
pub use sobol::SobolSampler;
pub use tpe::{Bandwidth, RungRule, TpeSampler, TpeSettings};

/// Proposes parameters for a trial.
///
/// # Guarantees
/// - The answer lies in `space`.
/// - It depends on the arguments alone: the same ones give the same answer, bit for bit, on every machine.
/// - The order in which trials finished does not matter: [`History`] keeps them by number, and ties go to the lower.
pub trait Sampler: Send + Sync + fmt::Debug {
    /// The name by which [`by_name`] finds it.
    fn name(&self) -> &'static str;

    /// Its settings, as they stand in a study's description and as [`with_settings`] reads them; null where there is
    /// nothing to set.
    fn settings(&self) -> Value {
        Value::Null
    }

    /// Proposes parameters for one more trial; `random` is a stream that belongs to this proposal alone.
    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params;
}

/// What a sampler goes by.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where the answer lies.
    pub space: &'a SearchSpace,
    /// What is known, of every member's trials.
    pub history: &'a History,
    /// The place in the team of who is asked, from 0: its own trials are the [observations](Observation) with this
    /// member.
    pub member: u32,
    /// The seed of the study, for what has to be the same over all its proposals.
    pub seed: u64,
}

/// The names that [`by_name`] knows.
pub const SAMPLER_NAMES: [&str; 6] = ["random", "sobol", "tpe", "gp", "cma", "local"];

/// The sampler of that name, with its default settings.
///
/// # Errors
/// [`Code::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<Arc<dyn Sampler>> {
    with_settings(name, &Value::Null)
}

/// The sampler of that name with these settings, an object of those that are not to be the defaults; null where all
/// are.
///
/// # Errors
/// [`Code::UnknownName`] lists the names there are; [`Code::InvalidStudy`] names a setting that there is not, or its
/// value and what is allowed.
pub fn with_settings(name: &str, settings: &Value) -> Result<Arc<dyn Sampler>> {
    match name {
        "random" => nothing_to_set(name, settings, RandomSampler),
        "sobol" => nothing_to_set(name, settings, SobolSampler),
        "tpe" => Ok(Arc::new(TpeSampler::new(settings::read(name, settings)?)?)),
        "gp" => Ok(Arc::new(GpSampler::new(settings::read(name, settings)?)?)),
        "cma" => Ok(Arc::new(CmaSampler::new(settings::read(name, settings)?)?)),
        "local" => Ok(Arc::new(LocalSampler::new(settings::read(name, settings)?)?)),
        _ => {
            let what = format!("sampler `{name}` is not among {}", SAMPLER_NAMES.join(", "));
            Err(Error::new(Code::UnknownName, what))
        }
    }
}

/// A sampler without settings, which refuses any.
fn nothing_to_set(name: &str, settings: &Value, sampler: impl Sampler + 'static) -> Result<Arc<dyn Sampler>> {
    if settings.is_null() || settings.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(Arc::new(sampler));
    }
    Err(Error::new(Code::InvalidStudy, format!("settings of sampler {name}: there is nothing to set")))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod toys;
