//! `format.json`: which program wrote the folder, in which format, and whether it was made to its end.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use foundation_core::{Code, Error, Result};

use crate::failure::{corrupt, io_error};

/// The format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u64 = 1;

/// Whether the folder was made to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Making it began; nothing was ever stored in it.
    Making,
    /// It is being filled by an import that did not end.
    Importing,
    /// It is whole: whatever is missing from it was lost.
    Ready,
}

fn text(state: State) -> String {
    let state = match state {
        State::Making => "making",
        State::Importing => "importing",
        State::Ready => "ready",
    };
    format!("{{\"store\":\"foundation-sled\",\"engine\":\"sled 0.34.7\",\"format\":{FORMAT},\"state\":\"{state}\"}}\n")
}

pub(super) fn read(folder: &Path) -> Result<Option<State>> {
    let path = folder.join("format.json");
    let found = match fs::read(&path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(io_error("read", &path, cause)),
    };
    // Compared as a whole, so that no damage to it passes.
    for state in [State::Making, State::Importing, State::Ready] {
        if found == text(state).as_bytes() {
            return Ok(Some(state));
        }
    }
    let format = serde_json::from_slice::<serde_json::Value>(&found)
        .ok()
        .and_then(|value| value.get("format").and_then(serde_json::Value::as_u64));
    Err(match format {
        Some(newer) if newer > FORMAT => Error::new(
            Code::NewerVersion,
            format!("open store {}: it has format {newer}, this program knows up to {FORMAT}", folder.display()),
        ),
        _ => corrupt(format!("open store {}: `format.json` is not as any version wrote it", folder.display())),
    })
}

pub(super) fn write(folder: &Path, state: State) -> Result<()> {
    let path = folder.join("format.json");
    let next = folder.join("format.json.new");
    File::create(&next)
        .and_then(|mut file| {
            file.write_all(text(state).as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&next, &path))
        .map_err(|cause| io_error("write", &path, cause))
}
