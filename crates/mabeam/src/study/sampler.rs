//! Samplers: which parameters the next trial tries.
//!
//! A sampler is a pure function of the space, of what is known and of a stream of random numbers. It keeps nothing
//! between two calls, so a study that goes on after a crash, or is replayed from its log, proposes the same points.

mod history;
mod observation;
mod random;
mod tpe;

use std::fmt;
use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Code, Error, Result};

use super::space::{Params, SearchSpace};
pub use history::History;
pub use observation::{Observation, Pending};
pub use random::RandomSampler;
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

    /// Its settings, as they stand in a study's description; null where there are none.
    fn settings(&self) -> serde_json::Value {
        serde_json::Value::Null
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
pub const SAMPLER_NAMES: [&str; 2] = ["random", "tpe"];

/// The sampler of that name, with its default settings.
///
/// # Errors
/// [`Code::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<Arc<dyn Sampler>> {
    match name {
        "random" => Ok(Arc::new(RandomSampler)),
        "tpe" => Ok(Arc::new(TpeSampler::default())),
        _ => {
            let what = format!("sampler `{name}` is not among {}", SAMPLER_NAMES.join(", "));
            Err(Error::new(Code::UnknownName, what))
        }
    }
}

#[cfg(test)]
mod tests;
