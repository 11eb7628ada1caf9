//! What goes over the wire: the bodies of requests and answers, version 1.
//!
//! A field that is not known is refused, so that a misspelt setting is not taken for one that was left out.

mod description;
mod distinct;
mod object;
mod shown;

use std::time::Duration;

use foundation_core::{Code, Error, Result};
use mabeam::{Answer, Course, Params, Recorded, TrialState};
use serde::Serialize;
use serde_json::Value;

pub(super) use description::Description;
use distinct::Distinct;
use object::{Object, wrong};
pub(super) use shown::{Names, Page, Shown};

/// The version of every body.
pub(super) const VERSION: u32 = 1;
/// How long a lease lasts where a worker does not say.
const USUAL_LEASE_S: f64 = 60.0;
/// The body of a request.
pub(super) trait Body: Sized {
    /// Reads the fields that it has; what is left over is refused by the caller.
    fn read(body: &mut Object) -> Result<Self>;
}

/// Reads a body.
pub(super) fn read<T: Body>(bytes: &[u8]) -> Result<T> {
    let Distinct(body) =
        serde_json::from_slice(bytes).map_err(|error| wrong(format!("the body is no JSON: {error}")))?;
    let Value::Object(mut fields) = body else {
        return Err(wrong("the body is no JSON object with a `version`".to_owned())
            .advise("send `\"version\": 1` with everything else"));
    };
    match fields.remove("version") {
        Some(version) if version == VERSION => {}
        Some(version) if version.as_u64().is_some_and(|version| version > u64::from(VERSION)) => {
            let what = format!("the body has version {version}, this server knows {VERSION}");
            return Err(
                Error::new(Code::NewerVersion, what).advise("use a client of this server's version, or a newer server")
            );
        }
        _ => {
            return Err(wrong("the body has no `version` that is known".to_owned())
                .advise("send `\"version\": 1` with everything else"));
        }
    }
    let mut body = Object::body(fields);
    let read = T::read(&mut body)?;
    body.end()?;
    Ok(read)
}

/// A worker asks for a trial.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) worker: String,
    lease_s: Option<f64>,
    wait_s: Option<f64>,
}

impl Body for Ask {
    fn read(body: &mut Object) -> Result<Self> {
        let worker = body.text("worker")?;
        let worker = body.needed("worker", worker)?;
        Ok(Self { worker, lease_s: body.number("lease_s")?, wait_s: body.number("wait_s")? })
    }
}

impl Ask {
    /// How long the lease is to last, and how long the worker waits.
    pub(super) fn spans(&self, longest: Duration) -> Result<(Duration, Duration)> {
        let span = |name: &str, seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| wrong(format!("`{name}` is {seconds}, which is no span of time")))
        };
        let patience = span("wait_s", self.wait_s.unwrap_or(0.0))?;
        if patience > longest {
            let what = format!("`wait_s` is {patience:?}, at most {longest:?} are allowed");
            return Err(wrong(what).advise("wait shorter and ask again"));
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

/// A worker speaks of the trial that it has on a lease: it still works on it, or gives it back.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) lease: mabeam::LeaseId,
}

impl Body for Held {
    fn read(body: &mut Object) -> Result<Self> {
        Ok(Self { lease: lease(body)? })
    }
}

fn lease(body: &mut Object) -> Result<mabeam::LeaseId> {
    let lease = body.text("lease")?;
    body.needed("lease", lease)?.parse().map_err(|error: Error| error.during("read `lease`"))
}

/// A worker reports a step.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) lease: mabeam::LeaseId,
    pub(super) step: u32,
    pub(super) value: f64,
}

impl Body for Report {
    fn read(body: &mut Object) -> Result<Self> {
        let (lease, step, value) = (lease(body)?, body.whole("step")?, body.number("value")?);
        Ok(Self { lease, step: body.needed("step", step)?, value: body.needed("value", value)? })
    }
}

/// A worker tells how its trial ended: `value`, or `values` in a study of several objectives, or `failed`.
#[derive(Debug)]
pub(super) struct Tell {
    pub(super) lease: mabeam::LeaseId,
    pub(super) answer: Answer,
}

impl Body for Tell {
    fn read(body: &mut Object) -> Result<Self> {
        let lease = lease(body)?;
        let values = body.list_of("values", |value| value.number())?;
        let answer = match (body.number("value")?, values, body.text("failed")?) {
            (Some(value), None, None) => Answer::Value(value),
            (None, Some(values), None) => Answer::Values(values),
            (None, None, Some(reason)) => Answer::Failed(reason),
            _ => {
                return Err(wrong("tell either `value`, or `values`, or `failed`".to_owned())
                    .advise("a value that is no number has no JSON: tell it as `failed`"));
            }
        };
        Ok(Self { lease, answer })
    }
}

/// Somebody wants a configuration to be tried.
#[derive(Debug)]
pub(super) struct Enqueue {
    pub(super) params: Params,
}

impl Body for Enqueue {
    fn read(body: &mut Object) -> Result<Self> {
        let params = body.take("params");
        let params = body.needed("params", params)?;
        let params = serde_json::from_value(params.value).map_err(|error| wrong(format!("read `params`: {error}")))?;
        Ok(Self { params })
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

/// Whether a trial was given back by who had it.
#[derive(Debug, Serialize)]
pub(super) struct Released {
    version: u32,
    released: bool,
}

impl Released {
    pub(super) fn of(released: bool) -> Self {
        Self { version: VERSION, released }
    }
}

#[cfg(test)]
mod tests;
