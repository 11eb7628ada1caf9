//! A study's report: one page of HTML, drawn from its event log alone, that needs no script and nothing from outside.
//!
//! Reading order: `story` (the log, read to its end) and `books` (the market in it), `page` (what is on the page),
//! `summary`, `failures`, `votes` and `table` (words and numbers), then the pictures: `progress`, `curves`, `parallel`,
//! `scatter`, `front`, `importance`, `team`, `market`, `descent`, `slots`. They share `scale` and `chart` (where things
//! lie), `dimension` (a parameter as an axis), `proposer` and `legend` (names and colours) and `notation` (how numbers
//! are written). Pictures are pure functions of the story; where one would hold more than can be seen it says what it
//! leaves out. `workers` and `growth` draw no study but benchmarks: of the simulator, and of a long study.

mod page;

mod books;
mod story;

mod curves;
mod descent;
mod failures;
mod front;
mod importance;
mod market;
mod parallel;
mod progress;
mod scatter;
mod slots;
mod summary;
mod table;
mod team;
mod votes;

mod chart;
mod dimension;
mod legend;
mod notation;
mod proposer;
mod scale;

pub(crate) mod growth;
pub(crate) mod workers;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use foundation_core::event::Event;
use foundation_core::{Code, Error};
use mabeam::{StudyEvent, VariableState};

use story::Story;

/// Draws a study's report from its events, which `mabeam::read_events` reads, and from the variables that its team
/// votes on, each with its name, which `mabeam::read_variable` reads. The same events give the same page.
///
/// # Errors
/// `NotFound` for no events; `Corrupt` where they do not begin with a study's description, or one of them cannot
/// follow those before it.
pub fn render(study: &[(Event, StudyEvent)], variables: &[(String, VariableState)]) -> Result<String, Error> {
    Ok(page::page(&Story::read(study)?, variables).into_string())
}

/// Writes a page to a file, whole or not at all: into a file beside it first, which then takes its name.
///
/// # Errors
/// `Io` where the file cannot be written.
pub fn write(path: &Path, html: &str) -> Result<(), Error> {
    let draft = draft_of(path)?;
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(html.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    written.map_err(|error| {
        // The draft may be there or not; what failed first is what counts.
        let _ = fs::remove_file(&draft);
        failed(path, error)
    })
}

/// The file beside `path` that is written first; named after this process, so that two do not write the same one.
fn draft_of(path: &Path) -> Result<PathBuf, Error> {
    let Some(name) = path.file_name() else {
        return Err(failed(path, io::Error::new(io::ErrorKind::IsADirectory, "it names a folder")));
    };
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(format!(".{}.draft", std::process::id()));
    Ok(path.with_file_name(draft))
}

fn failed(path: &Path, error: io::Error) -> Error {
    let advice = "name a file in a folder that exists and may be written to";
    Error::new(Code::Io, format!("write the report to {}", path.display())).advise(advice).caused_by(error)
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
