//! A study of a data folder as a table of its trials.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use mabeam::TrialTable;
use serde::Serialize;

use crate::args::{Composition, ExportArgs};
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;

/// What was written, as JSON.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    data: &'a Path,
    study: &'a str,
    format: &'static str,
    trials: usize,
}

/// How a table is written.
pub(super) type Format = fn(&TrialTable, &mut BufWriter<File>) -> foundation_core::Result<()>;

/// Writes the trials of `study` with `write`.
///
/// # Errors
/// The folder cannot be opened or does not hold the study; the file exists or cannot be written.
pub(super) fn export(args: &ExportArgs, study: &str, write: Format, console: Console) -> Result<(), Failure> {
    let table = read(&args.data, study)?;
    super::make_whole(&args.file, |file| write_whole(&table, write, file, &args.file))?;
    console.line(format!(
        "Exported {} trials of study `{study}` from {} to {}.",
        table.rows.len(),
        args.data.display(),
        args.file.display()
    ));
    let (format, trials) = (args.format.name(), table.rows.len());
    let written = Written { file: &args.file, data: &args.data, study, format, trials };
    args.json.as_ref().map_or(Ok(()), |json| json.write(&written))
}

fn read(data: &Path, study: &str) -> Result<TrialTable, Failure> {
    let mut found = None;
    let table = &mut found;
    compositions::block_on(async {
        let application = Application::build(Composition::Embedded, Place { data, ..Place::nowhere() }).await?;
        let read = mabeam::read_study(&*application.ports.log, study).await;
        application.close().await?;
        *table = read?.as_ref().map(TrialTable::of);
        Ok(())
    })?;
    found.ok_or_else(|| {
        Failure::new(format!("export study `{study}`: {} holds no study of that name", data.display()))
            .advise("give the study's name with --study and its folder with --data")
    })
}

fn write_whole(table: &TrialTable, write: Format, file: File, path: &Path) -> Result<(), Failure> {
    let mut out = BufWriter::new(file);
    write(table, &mut out)?;
    let file = out.into_inner().map_err(|error| Failure::io("write", path, error.error()))?;
    file.sync_all().map_err(|error| Failure::io("write", path, &error))
}
