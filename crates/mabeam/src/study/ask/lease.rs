//! The name of a lease: what a worker shows whenever it speaks of its trial.
//!
//! The name says everything that is needed to take the worker's word after the study's process was started again and
//! has forgotten who had what: which trial, how long, and on which parameters. So nothing about leases is stored.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use foundation_core::{Code, Error, Result};

use super::super::space::Params;

/// The shortest and the longest lease.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The name of a lease on a trial.
///
/// As text it is `v1-TRIAL-MILLISECONDS-PARAMETERS-NONCE`, the last two in hexadecimal digits; programs keep it as it
/// is. Of two leases on one trial at most one is valid, and the nonce tells them apart. The parameters' hash keeps a
/// lease from counting in another study that has taken the name over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId {
    trial: u64,
    millis: u64,
    params: u64,
    nonce: u64,
}

impl LeaseId {
    /// A lease of `length`, which [`checked_length`] has passed.
    pub(crate) fn new(trial: u64, length: Duration, params: u64, nonce: u64) -> Self {
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        Self { trial, millis, params, nonce }
    }

    /// The trial it is on.
    #[must_use]
    pub fn trial(&self) -> u64 {
        self.trial
    }

    /// How long it lasts from the moment it is given or renewed.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Whether it was given with these parameters.
    pub(crate) fn is_on(&self, params: u64) -> bool {
        self.params == params
    }
}

/// Checks how long a lease is asked for.
///
/// # Errors
/// `InvalidInput` for less than a second and more than a day.
pub(crate) fn checked_length(length: Duration) -> Result<Duration> {
    if (SHORTEST..=LONGEST).contains(&length) {
        return Ok(length);
    }
    let what = format!("ask for a trial: a lease of {length:?} is not between {SHORTEST:?} and {LONGEST:?}");
    Err(Error::new(Code::InvalidInput, what).advise("ask for about three times what lies between two renewals"))
}

/// What the name of a lease holds of a trial's parameters.
pub(crate) fn fingerprint(params: &Params) -> u64 {
    // The text of a float is the shortest that gives the same bits back, and one parameter's
    // values are of one kind: equal text means equal parameters.
    let hash = blake3::hash(params.to_string().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1-{}-{}-{:016x}-{:016x}", self.trial, self.millis, self.params, self.nonce)
    }
}

impl FromStr for LeaseId {
    type Err = Error;

    /// # Errors
    /// `InvalidInput` for what is no lease's name; `NewerVersion` for the name of a later version.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let shown: String = text.chars().take(80).collect();
            Error::new(Code::InvalidInput, format!("`{shown}` is not the name of a lease"))
                .advise("give it back exactly as it came with the trial")
        };
        let mut parts = text.split('-');
        match parts.next().and_then(|version| version.strip_prefix('v')).map(str::parse::<u32>) {
            Some(Ok(1)) => {}
            Some(Ok(newer)) if newer > 1 => {
                return Err(Error::new(Code::NewerVersion, format!("a lease of version {newer}, known is 1")));
            }
            _ => return Err(wrong()),
        }
        let mut decimal = || parts.next().and_then(|part| part.parse().ok()).ok_or_else(wrong);
        let (trial, millis) = (decimal()?, decimal()?);
        let mut hexadecimal = || match parts.next() {
            Some(part) if part.len() == 16 => u64::from_str_radix(part, 16).map_err(|_| wrong()),
            _ => Err(wrong()),
        };
        let (params, nonce) = (hexadecimal()?, hexadecimal()?);
        checked_length(Duration::from_millis(millis)).map_err(|_| wrong())?;
        if parts.next().is_some() { Err(wrong()) } else { Ok(Self { trial, millis, params, nonce }) }
    }
}

#[cfg(test)]
mod tests;
