//! The engine's stream: made where it is not there, and checked where it is.

use foundation_core::{Code, Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::names::Names;
use super::patience::{Patience, passes};
use crate::connection::NatsConnection;
use crate::failure::{Trouble, number};

/// What the port asks to be remembered: batch ids of the last two minutes.
const LEAST_WINDOW: std::time::Duration = std::time::Duration::from_secs(120);

/// For how long the engine remembers batch ids here.
pub(super) fn window(connection: &NatsConnection) -> std::time::Duration {
    connection.settings().duplicate_window.max(LEAST_WINDOW)
}

#[derive(Deserialize)]
struct Described {
    config: Value,
}

/// Makes the stream, or checks the one that is there.
///
/// # Errors
/// `InvalidConfiguration` where there is one that cannot keep the port's promises, or there are too few servers.
pub(super) async fn ensure(connection: &NatsConnection, names: &Names) -> Result<()> {
    let wanted = wanted(connection, names);
    let doing = format!("make the stream {}", names.store);
    let mut patience = Patience::of(connection);
    loop {
        // Making it again as it is is no error, and only where it was never there does it make anything.
        let made: Result<Described, Trouble> = connection.api(&format!("STREAM.CREATE.{}", names.store), &wanted).await;
        match made {
            Ok(_) => return Ok(()),
            Err(trouble) if trouble.number() == number::STREAM_NAME_IN_USE => break,
            Err(trouble) if passes(&trouble) && patience.wait().await => {}
            Err(trouble) => return Err(trouble.of_read(&doing)),
        }
    }
    let doing = format!("look at the stream {}", names.store);
    loop {
        let found: Result<Described, Trouble> = connection.api(&format!("STREAM.INFO.{}", names.store), &()).await;
        match found {
            Ok(found) => return check(&found.config, &wanted).map_err(|error| error.during(doing)),
            Err(trouble) if passes(&trouble) && patience.wait().await => {}
            Err(trouble) => return Err(trouble.of_read(&doing)),
        }
    }
}

fn wanted(connection: &NatsConnection, names: &Names) -> Value {
    let window = u64::try_from(window(connection).as_nanos()).unwrap_or(u64::MAX);
    json!({
        "name": names.store,
        "subjects": names.kept(),
        "storage": "file",
        "num_replicas": connection.settings().replicas,
        "retention": "limits",
        // Full means refused, never that the oldest goes.
        "discard": "new",
        "duplicate_window": window,
        "allow_direct": true,
        "allow_atomic": true,
        "allow_rollup_hdrs": true,
        "republish": { "src": names.all_events(), "dest": names.all_told(), "headers_only": true },
    })
}

/// Where a stream that is there must be as it would be made, and what must not be set in it. All else is the
/// operator's: how much it may hold, where it lies, how it is compressed.
fn check(found: &Value, wanted: &Value) -> Result<()> {
    let refuse = |field: &str, is: &Value, should: &str| {
        Err(Error::new(Code::InvalidConfiguration, format!("`{field}` is {is}, needed is {should}"))
            .advise("change the stream with NATS's tools (`nats stream edit`), or the settings to what it is"))
    };
    for field in [
        "subjects",
        "storage",
        "num_replicas",
        "retention",
        "discard",
        "allow_direct",
        "allow_atomic",
        "allow_rollup_hdrs",
        "republish",
    ] {
        if found[field] != wanted[field] {
            return refuse(field, &found[field], &wanted[field].to_string());
        }
    }
    if found["duplicate_window"].as_u64() < wanted["duplicate_window"].as_u64() {
        return refuse(
            "duplicate_window",
            &found["duplicate_window"],
            &format!("{} or more", wanted["duplicate_window"]),
        );
    }
    for field in ["max_age", "max_msgs", "max_msgs_per_subject"] {
        if found[field].as_i64().unwrap_or_default() > 0 {
            return refuse(field, &found[field], "none: it would drop events unasked");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
