//! What can be typed about data that leaves a folder, and comes into one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::JsonTarget;
use crate::failure::Failure;

/// What an export is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// The whole folder, to be imported again.
    #[default]
    Portable,
    /// A study's trials, a row each.
    Csv,
    /// A study's trials with its search space.
    Json,
    /// A study's trials, a row each, in columns with types.
    Parquet,
}

impl ExportFormat {
    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// `export`: a data folder into a portable file, or a study of it into a table.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask export --data .foundation/digits digits.export
  cargo xtask export --salvage --data .foundation/digits rescued.export      of a damaged folder
  cargo xtask export --format csv --study digits digits.csv                  its trials alone, a row each
  cargo xtask export --format parquet --study digits digits.parquet          the same for pandas, Polars, DuckDB")]
pub struct ExportArgs {
    /// The file to write; it must not exist yet.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder to read.
    #[arg(long, value_name = "DIR", default_value = ".foundation/digits")]
    pub data: PathBuf,
    /// What is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: ExportFormat,
    /// The study whose trials are written; needed for every format but `portable`.
    #[arg(long, value_name = "NAME")]
    pub study: Option<String>,
    /// Take what is readable of a damaged log, without key-value rows.
    #[arg(long)]
    pub salvage: bool,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

impl ExportArgs {
    /// Checks what the options mean together.
    ///
    /// # Errors
    /// Bad usage: a table without a study, the whole folder with one, or standard output for a file.
    pub fn check(&self) -> Result<(), Failure> {
        if self.file.as_os_str() == "-" {
            let what = format!("--format {} goes into a file, not to standard output", self.format.name());
            return Err(Failure::usage(what).advise("name the file, or write `./-` for one of that name"));
        }
        match (self.format, &self.study) {
            (ExportFormat::Portable, Some(_)) => {
                Err(Failure::usage("--format portable writes the whole folder, not a --study")
                    .advise("leave --study out, or choose --format csv, json or parquet"))
            }
            (ExportFormat::Portable, None) => Ok(()),
            (format, None) => Err(Failure::usage(format!("--format {} needs --study NAME", format.name()))
                .advise("name the study whose trials are written")),
            (format, Some(_)) if self.salvage => {
                Err(Failure::usage(format!("--salvage has no --format {}", format.name()))
                    .advise("salvage into a portable file, import that, and export the study from there"))
            }
            (_, Some(_)) => Ok(()),
        }
    }
}

/// `import`: a portable file into a data folder, or a study of Optuna's.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask import digits.export --data .foundation/digits-copy
  cargo xtask import --optuna journal.log --study NAME --data .foundation/brought      finished trials as known results")]
pub struct ImportArgs {
    /// The file to read.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder to write; it must be new or empty, and with --optuna hold no study of that name.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// FILE is a journal of Optuna's JournalFileBackend, of which one study is brought over.
    #[arg(long)]
    pub optuna: bool,
    /// Which of the journal's studies, where it holds several.
    #[arg(long, value_name = "NAME", requires = "optuna")]
    pub study: Option<String>,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}
