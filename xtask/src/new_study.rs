//! `new-study`: a commented study file to start from, and the schema by which editors complete and check it.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::console::Console;
use crate::failure::Failure;
use crate::study_file::{schema, template};

/// The file where none is named.
const DEFAULT_FILE: &str = "study.toml";

/// `new-study`: a study file to start from.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask new-study                                           study.toml, every key explained
  cargo xtask new-study lr.toml --exec 'python3 train.py --lr {lr}'
  cargo xtask new-study --schema study.schema.json                only the JSON Schema of study files")]
pub struct NewStudyArgs {
    /// The file to write; it must not exist yet [default: study.toml].
    #[arg(value_name = "FILE.toml")]
    pub file: Option<PathBuf>,
    /// The program that the study runs; the file then has a parameter for each name in braces.
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// Write the JSON Schema of study files here, over what is there; without FILE.toml nothing else is written.
    #[arg(long, value_name = "FILE.json", conflicts_with = "exec")]
    pub schema: Option<PathBuf>,
}

/// Writes a study file, and the schema beside it where there is none yet; `run` is the command that runs it.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn main(args: &NewStudyArgs, run: &str) -> Result<(), Failure> {
    let console = Console::beside(None);
    if let Some(path) = &args.schema {
        std::fs::write(path, schema::text()).map_err(|error| Failure::io("write the schema to", path, &error))?;
        console.line(format!("Wrote {}.", path.display()));
        if args.file.is_none() {
            return Ok(());
        }
    }
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    if path.extension().is_none_or(|extension| extension != "toml") {
        let what = format!("{} does not end in .toml, by which `run --study` knows a study file", path.display());
        return Err(Failure::usage(what).advise("name it NAME.toml"));
    }
    let shown = path.display().to_string();
    write_new(&path, &template::text(run, &shown, args.exec.as_deref()))?;
    let beside = path.with_file_name(schema::FILE_NAME);
    let and_schema = match write_new(&beside, &schema::text()) {
        Ok(()) => format!(" and {}, which tells editors about it", beside.display()),
        // One that is there belongs to another study file, or to an editor; `--schema` renews it.
        Err(_) => String::new(),
    };
    console.line(format!("Wrote {shown}{and_schema}. Run it with: {run} --study {shown}"));
    Ok(())
}

/// Writes a file that does not exist yet, which the system checks in the same step.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(format!("{} exists already", path.display())).advise("name another file, or remove this one")
        }
        _ => Failure::io("write", path, &error),
    })
}

#[cfg(test)]
mod tests;
