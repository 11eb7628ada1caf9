//! What a bucket's stream has to be, and whether one that exists is it.

use std::time::Duration;

use foundation_core::port::clock::WallTime;
use serde_json::{Map, Value, json};

use crate::settings::NatsSettings;

/// How long the server keeps the trace of an expired value. The least that it allows, because a shorter life of a value
/// is raised to this.
const EXPIRY_TRACE: Duration = Duration::from_secs(1);

/// What of an existing stream is brought to what is wanted: nothing of it touches stored messages.
const ADJUSTED: [&str; 9] = [
    "subjects",
    "max_msgs_per_subject",
    "max_bytes",
    "discard",
    "duplicate_window",
    "allow_direct",
    "allow_msg_ttl",
    "subject_delete_marker_ttl",
    "allow_atomic",
];

/// What decides whether a stream that exists can be used, with what would go wrong otherwise.
const REQUIRED: [(&str, &str); 6] = [
    ("retention", "values would go when somebody has read them"),
    ("storage", "values would not survive the end of a server"),
    ("max_age", "values would go after a while"),
    ("max_msgs", "values would go when there are many"),
    ("max_msg_size", "values within the limit would be refused"),
    ("sealed", "nothing can be written"),
];

/// What the bucket's stream is made with. `now` is the wall clock.
///
/// The first sequence is the time in microseconds: a bucket that was deleted and is made anew goes on above every
/// revision that it ever gave out, unless it took more than a million writes a second for as long as it existed or the
/// clock was set back by as long.
pub(super) fn wanted(settings: &NatsSettings, stream: &str, subjects: &[String], now: WallTime) -> Value {
    json!({
        "name": stream,
        "subjects": subjects,
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "num_replicas": settings.replicas,
        "max_msgs_per_subject": settings.history,
        "max_msgs": -1,
        "max_bytes": settings.bucket_bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        "max_msg_size": -1,
        "max_age": 0,
        "max_consumers": -1,
        "duplicate_window": nanos(settings.duplicate_window),
        "allow_direct": true,
        "allow_msg_ttl": true,
        "allow_rollup_hdrs": true,
        "allow_atomic": true,
        "subject_delete_marker_ttl": nanos(EXPIRY_TRACE),
        "first_seq": now.0 / 1_000,
        "sealed": false,
        "metadata": { "foundation": "1" },
    })
}

/// What to do with a stream that exists.
#[derive(Debug, PartialEq)]
pub(super) enum Fit {
    /// Use it.
    Fits,
    /// Bring it to this first; stored messages stay as they are.
    Adjust(Value),
    /// It cannot be used, for this reason.
    Refuse(String),
}

/// Compares the stream that exists with the one that is wanted.
pub(super) fn judge(existing: &Value, wanted: &Value) -> Fit {
    let replicas = |config: &Value| config.get("num_replicas").and_then(Value::as_u64).unwrap_or(1);
    if replicas(existing) < replicas(wanted) {
        return Fit::Refuse(format!(
            "it is kept on {} servers and the settings say {}; change it with `nats stream edit --replicas`, or set \
             fewer replicas",
            replicas(existing),
            replicas(wanted)
        ));
    }
    for (field, harm) in REQUIRED {
        if is(existing, field) != is(wanted, field) {
            return Fit::Refuse(format!("its `{field}` is {}: {harm}", is(existing, field)));
        }
    }
    for field in ["mirror", "sources"] {
        if existing.get(field).is_some_and(|value| !value.is_null()) {
            return Fit::Refuse("it is a copy of another stream".to_owned());
        }
    }
    let mut adjusted = existing.as_object().cloned().unwrap_or_else(Map::new);
    let mut differs = false;
    for field in ADJUSTED {
        if is(existing, field) != is(wanted, field) {
            differs = true;
            adjusted.insert(field.to_owned(), is(wanted, field));
        }
    }
    if differs { Fit::Adjust(Value::Object(adjusted)) } else { Fit::Fits }
}

/// A field; where it is left out, what that means.
fn is(config: &Value, field: &str) -> Value {
    match (config.get(field), field) {
        (Some(value), _) => value.clone(),
        (None, "max_msgs" | "max_bytes" | "max_msg_size" | "max_msgs_per_subject") => json!(-1),
        (None, "max_age" | "duplicate_window" | "subject_delete_marker_ttl") => json!(0),
        (None, _) => json!(false),
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
