//! What goes over the wire: the bodies of requests and answers, version 1.
//!
//! A field that is not known is refused, so that a misspelt setting is not taken for one that was left out.

mod description;
mod shown;

use std::time::Duration;

use foundation_core::{Code, Error, Result};
use mabeam::{Course, Params, Recorded, TrialError, TrialState};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use description::Description;
pub(super) use shown::{Names, Page, Shown};

/// The version of every body.
pub(super) const VERSION: u32 = 1;
/// How long a lease lasts where a worker does not say.
const USUAL_LEASE_S: f64 = 60.0;

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let wrong = |error: serde_json::Error| {
        Error::new(Code::InvalidInput, format!("read the body: {error}")).advise("correct the body")
    };
    let mut body: Value = serde_json::from_slice(bytes).map_err(wrong)?;
    let version = body.as_object_mut().and_then(|fields| fields.remove("version"));
    match version.as_ref().and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => serde_json::from_value(body).map_err(wrong),
        Some(newer) if newer > u64::from(VERSION) => {
            let what = format!("the body has version {newer}, this server knows {VERSION}");
            Err(Error::new(Code::NewerVersion, what).advise("use a client of this server's version, or a newer server"))
        }
        _ => Err(Error::new(Code::InvalidInput, "the body is no JSON object with a `version`")
            .advise("send `\"version\": 1` with everything else")),
    }
}

/// A worker asks for a trial.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    pub(super) worker: String,
    lease_s: Option<f64>,
    wait_s: Option<f64>,
}

impl Ask {
    /// How long the lease is to last, and how long the worker waits.
    pub(super) fn spans(&self, longest: Duration) -> Result<(Duration, Duration)> {
        let span = |name: &str, seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| Error::new(Code::InvalidInput, format!("`{name}` is {seconds}, which is no span of time")))
        };
        let patience = span("wait_s", self.wait_s.unwrap_or(0.0))?;
        if patience > longest {
            let what = format!("`wait_s` is {patience:?}, at most {longest:?} are allowed");
            return Err(Error::new(Code::InvalidInput, what).advise("wait shorter and ask again"));
        }
        Ok((span("lease_s", self.lease_s.unwrap_or(USUAL_LEASE_S))?, patience))
    }
}

/// The answer to a worker that asked.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(super) enum Asked {
    Trial {
        version: u32,
        trial: u64,
        params: Params,
        /// The steps that the study has taken in already.
        from_step: u32,
        /// The step at which it decides next.
        to_step: u32,
        lease: String,
        lease_s: f64,
    },
    Finished {
        version: u32,
    },
}

impl Asked {
    pub(super) fn trial(asked: &mabeam::Asked) -> Self {
        Self::Trial {
            version: VERSION,
            trial: asked.trial(),
            params: asked.params().clone(),
            from_step: asked.steps().start,
            to_step: asked.steps().end,
            lease: asked.lease().to_string(),
            lease_s: asked.lease().length().as_secs_f64(),
        }
    }

    pub(super) fn finished() -> Self {
        Self::Finished { version: VERSION }
    }
}

/// A worker still works.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renew {
    pub(super) lease: String,
}

/// A worker reports a step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    pub(super) lease: String,
    pub(super) step: u32,
    pub(super) value: f64,
}

/// A worker tells how its trial ended: `value`, or `failed`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tell {
    pub(super) lease: String,
    value: Option<f64>,
    failed: Option<String>,
}

impl Tell {
    pub(super) fn measured(self) -> Result<Result<f64, TrialError>> {
        match (self.value, self.failed) {
            (Some(value), None) => Ok(Ok(value)),
            (None, Some(reason)) => Ok(Err(TrialError::new(reason))),
            _ => Err(Error::new(Code::InvalidInput, "tell either `value` or `failed`")
                .advise("a value that is no number has no JSON: tell it as `failed`")),
        }
    }
}

/// What a worker hears of its trial.
#[derive(Debug, Serialize)]
pub(super) struct Heard {
    version: u32,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<TrialState>,
}

impl Heard {
    pub(super) fn of(course: Course) -> Self {
        match course {
            Course::Continue => Self { version: VERSION, verdict: "continue", state: None },
            Course::Stop(state) => Self { version: VERSION, verdict: "stop", state: Some(state) },
        }
    }
}

/// What became of an answer.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    version: u32,
    recorded: &'static str,
}

impl Told {
    pub(super) fn of(recorded: Recorded) -> Self {
        let recorded = match recorded {
            Recorded::Now => "now",
            Recorded::Before => "before",
            Recorded::NotNeeded => "not_needed",
        };
        Self { version: VERSION, recorded }
    }
}

#[cfg(test)]
mod tests;
