//! The process that is stopped.

use std::path::PathBuf;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::storage::Write;

use super::{GO, Guarded, Part, address};
use crate::chaos::live;
use crate::failure::Failure;

/// Holds the lock, writes, and writes once more when it is told to, with the token that it had looked at before.
///
/// # Errors
/// Where it does not get so far.
pub(in crate::chaos) async fn be_holder(folder: PathBuf, round: u64) -> Result<(), Failure> {
    let part = Part::of("holder", address(&folder)?.trim()).await?;
    let lock = Guarded::of_round(u32::try_from(round).unwrap_or(0))?;
    let Some(lease) = part.coordination.lock(&lock.name)?.try_take().await? else {
        return Err(Failure::new("somebody has the lock before the holder"));
    };
    let token = lease.token()?;
    let fenced = lock.fenced(&part)?;
    let writer = fenced.admit(token).await?;
    writer.write(Write::put(lock.key.clone(), "holder")).await?;
    say(&format!("held {}", token.as_u64()));
    let go = folder.join(format!("{GO}{round}"));
    // The lease is renewed all the time, and looked at again and again. The sign to write comes during the stop, so the
    // look before the last one was before it.
    let mut was_held = true;
    loop {
        let is_held = lease.is_held();
        if go.exists() {
            break;
        }
        was_held = is_held;
        live::pause(Duration::from_millis(2)).await;
    }
    if !was_held {
        return Err(Failure::new("the lease was over before the stop"));
    }
    say(if lease.token().is_err() { "lease over" } else { "the lease is held by two" });
    let verdict = |what: &str, result: Result<(), foundation_core::Error>| match result {
        Ok(()) => say(&format!("{what} accepted")),
        Err(error) if error.code() == Code::Fenced => say(&format!("{what} refused")),
        Err(error) => say(&format!("{what} neither: {error}")),
    };
    let written = loop {
        match writer.write(Write::put(lock.key.clone(), "holder, late")).await {
            // The connection did not outlive the stop, and is made again.
            Err(error) if error.is_transient() => live::pause(Duration::from_millis(20)).await,
            written => break written,
        }
    };
    verdict("write", written.map(drop));
    let admitted = loop {
        match fenced.admit(token).await {
            Err(error) if error.is_transient() => live::pause(Duration::from_millis(20)).await,
            admitted => break admitted,
        }
    };
    verdict("admission", admitted.map(drop));
    Ok(())
}

/// One write a line. A closed pipe is the experiment's end.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
