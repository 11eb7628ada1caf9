//! Events with a JSON body and a version: what every log of this crate has in common.
//!
//! A body is JSON, so that an export can be read in years. A reader refuses a later version than it knows, and floats
//! that JSON cannot say do not get in.

use bytes::Bytes;
use foundation_core::event::{Event, EventSource, EventType};
use foundation_core::{Code, Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts a body into its envelope.
pub(crate) fn seal(source: &EventSource, kind: &str, version: u16, body: &impl Serialize) -> Result<Event> {
    let data = serde_json::to_vec(body)
        .map_err(|error| Error::new(Code::Encoding, format!("encode an event of type `{kind}`")).caused_by(error))?;
    Ok(source.event(EventType::new(kind)?, version, Bytes::from(data)))
}

/// Refuses an event that was written as a later version than `version`.
pub(crate) fn check_version(event: &Event, version: u16) -> Result<()> {
    if event.schema > version {
        return Err(Error::new(
            Code::NewerVersion,
            format!(
                "event {} of type `{}` has version {}, this program knows up to {version}",
                event.id, event.kind, event.schema
            ),
        ));
    }
    Ok(())
}

/// Reads the body of an event that was written as `version` or an earlier one.
pub(crate) fn unseal<T: DeserializeOwned>(event: &Event, version: u16) -> Result<T> {
    check_version(event, version)?;
    serde_json::from_slice(&event.data).map_err(|error| {
        Error::new(Code::Encoding, format!("read event {} of type `{}`", event.id, event.kind)).caused_by(error)
    })
}
