//! Where a command's words go: human text to standard output, unless JSON was asked for there.

use std::io::{self, Write as _};
use std::process::Stdio;

use serde::Serialize;

use crate::args::JsonTarget;
use crate::failure::Failure;

/// Prints for people. A closed pipe is no error: whoever stopped reading has read enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Console {
    to_stderr: bool,
}

impl Console {
    /// Standard output, and standard error where `json` goes to standard output.
    #[must_use]
    pub fn beside(json: Option<&JsonTarget>) -> Self {
        Self { to_stderr: json == Some(&JsonTarget::Stdout) }
    }

    /// Where a program that this one starts shall print.
    #[must_use]
    pub fn for_child(self) -> Stdio {
        if self.to_stderr { Stdio::from(io::stderr()) } else { Stdio::inherit() }
    }

    /// Prints one line.
    pub fn line(self, text: impl AsRef<str>) {
        let text = text.as_ref();
        // The result is dropped on purpose: see the type's comment.
        let _ = if self.to_stderr { writeln!(io::stderr(), "{text}") } else { writeln!(io::stdout(), "{text}") };
    }
}

impl JsonTarget {
    /// Writes what a command found, as one JSON object and a line feed.
    ///
    /// # Errors
    /// When the value cannot be encoded or the file cannot be written.
    pub fn write(&self, found: &impl Serialize) -> Result<(), Failure> {
        let mut text =
            serde_json::to_string_pretty(found).map_err(|error| Failure::new(format!("encode the JSON: {error}")))?;
        text.push('\n');
        match self {
            Self::Stdout => io::stdout()
                .write_all(text.as_bytes())
                .map_err(|error| Failure::new(format!("write the JSON to standard output: {error}"))),
            Self::File(path) => std::fs::write(path, text).map_err(|error| {
                Failure::io("write the JSON to", path, &error).advise("name a file in a folder that exists")
            }),
        }
    }
}

/// Prints a failure to standard error, unless its command has told it.
pub fn print_failure(failure: &Failure) {
    if failure.is_told() {
        return;
    }
    let _ = writeln!(io::stderr(), "error: {failure}");
}
