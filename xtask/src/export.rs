//! `export` and `import`: a data folder to a portable file and back. sled's own files are tied to one version of sled
//! and one kind of machine; the portable file is not. Also a study's trials as a table (`trials`), and a study of
//! Optuna's as one of ours (`optuna`).

mod optuna;
mod trials;

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::sync::Arc;

use foundation_memory::SystemClock;
use foundation_sled::{Exported, SledSettings, SledStore};
use mabeam_formats::{write_csv, write_json};
use mabeam_parquet::write_parquet;
use serde::Serialize;

use crate::args::{ExportArgs, ExportFormat, ImportArgs};
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

/// What went over, as JSON.
#[derive(Debug, Serialize)]
struct Moved<'a> {
    file: &'a Path,
    data: &'a Path,
    salvaged: bool,
    batches: u64,
    events: u64,
    rows: u64,
    last_sequence: u64,
    last_revision: u64,
}

/// Writes a data folder to a portable file.
///
/// # Errors
/// The folder cannot be opened or fails its checks; the file exists or cannot be written.
pub fn export(args: ExportArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    let console = Console::beside(args.json.as_ref());
    if !args.data.exists() {
        return Err(Failure::new(format!("export {}: there is no such folder", args.data.display()))
            .advise("name the data folder with --data"));
    }
    // Without a study `ExportArgs::check` has refused every table.
    let study = args.study.as_deref().unwrap_or_default();
    match args.format {
        ExportFormat::Csv => return trials::export(&args, study, |table, out| write_csv(table, out), console),
        ExportFormat::Json => return trials::export(&args, study, |table, out| write_json(table, out), console),
        ExportFormat::Parquet => return trials::export(&args, study, |table, out| write_parquet(table, out), console),
        ExportFormat::Portable => {}
    }
    let exported = make_whole(&args.file, |file| write(&args, file))?;
    console.line(format!(
        "Exported {} events and {} key-value rows from {} to {}.",
        exported.events,
        exported.rows,
        args.data.display(),
        args.file.display()
    ));
    match &args.json {
        Some(json) => json.write(&moved(&exported, &args.file, &args.data, args.salvage)),
        None => Ok(()),
    }
}

/// Makes a file that is whole or not there.
fn make_whole<T>(path: &Path, write: impl FnOnce(File) -> Result<T, Failure>) -> Result<T, Failure> {
    let file = File::create_new(path).map_err(|error| {
        Failure::io("make", path, &error).advise("choose a file that does not exist yet, in a folder that does")
    })?;
    write(file).inspect_err(|_| {
        // Half an export is none. Where even this fails the error says why.
        let _ = std::fs::remove_file(path);
    })
}

fn write(args: &ExportArgs, file: File) -> Result<Exported, Failure> {
    let mut out = BufWriter::new(file);
    let exported = if args.salvage {
        foundation_sled::salvage(&args.data)?.export(&mut out)?
    } else {
        let store = SledStore::open(&args.data, SledSettings::default(), Arc::new(SystemClock::new()))?;
        let exported = store.export(&mut out);
        store.close();
        exported?
    };
    let file = out.into_inner().map_err(|error| Failure::io("write", &args.file, error.error()))?;
    file.sync_all().map_err(|error| Failure::io("write", &args.file, &error))?;
    Ok(exported)
}

/// Makes a data folder from a portable file.
///
/// # Errors
/// The file cannot be read or fails its checks; the folder holds something.
pub fn import(args: ImportArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    let console = Console::beside(args.json.as_ref());
    if args.optuna {
        return optuna::import(&args, console);
    }
    let file = File::open(&args.file).map_err(|error| Failure::io("read", &args.file, &error))?;
    let imported = foundation_sled::import(
        &args.data,
        &mut BufReader::new(file),
        SledSettings::default(),
        Arc::new(SystemClock::new()),
    )?;
    console.line(format!(
        "Imported {} events and {} key-value rows from {} into {}.",
        imported.events,
        imported.rows,
        args.file.display(),
        args.data.display()
    ));
    match &args.json {
        Some(json) => json.write(&moved(&imported, &args.file, &args.data, false)),
        None => Ok(()),
    }
}

fn moved<'a>(exported: &Exported, file: &'a Path, data: &'a Path, salvaged: bool) -> Moved<'a> {
    Moved {
        file,
        data,
        salvaged,
        batches: exported.batches,
        events: exported.events,
        rows: exported.rows,
        last_sequence: exported.sequence,
        last_revision: exported.revision,
    }
}
