//! Errors of files and of sled in the words of the ports.

use std::io::{self, ErrorKind};
use std::path::Path;

use foundation_core::{Code, Error};

/// What an error of the operating system means to whoever called a port.
pub(crate) fn io_code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge | ErrorKind::OutOfMemory => {
            Code::ResourceExhausted
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Code::PermissionDenied,
        _ => Code::Io,
    }
}

/// An error of the operating system on a file or folder.
pub(crate) fn io_error(doing: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(io_code(cause.kind()), format!("{doing} {}", path.display())).caused_by(cause)
}

/// An error that sled answered.
pub(crate) fn sled_error(doing: &str, path: &Path, cause: sled::Error) -> Error {
    let what = format!("{doing} {}", path.display());
    match cause {
        sled::Error::Io(cause) if cause.to_string().contains("could not acquire lock") => Error::new(Code::Held, what)
            .advise("an earlier opening of this folder in this process did not end: restart the process")
            .caused_by(cause),
        sled::Error::Io(cause) => Error::new(io_code(cause.kind()), what).caused_by(cause),
        sled::Error::Corruption { .. } => Error::new(Code::Corrupt, what).caused_by(cause),
        // sled says "unsupported" where its own settings file does not read as it was written.
        sled::Error::Unsupported(_) => Error::new(Code::Corrupt, what).caused_by(cause),
        _ => Error::new(Code::Internal, what).caused_by(cause),
    }
}

/// Stored data that fails its checks.
pub(crate) fn corrupt(what: impl Into<String>) -> Error {
    Error::new(Code::Corrupt, what)
}

/// An operation on a store that was closed.
pub(crate) fn closed(what: &str) -> Error {
    Error::new(Code::ServiceUnavailable, format!("{what}: the store is closed")).advise("open the folder again")
}

/// An error that can be told more than once: to everybody who waited, and to everybody who comes later.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) code: Code,
    what: String,
    advice: String,
}

impl Told {
    pub(crate) fn new(error: &Error) -> Self {
        Self { code: error.code(), what: error.chain(), advice: error.advice().to_owned() }
    }

    /// The error again, for one more listener, as part of `operation`.
    pub(crate) fn again(&self, code: Code, operation: &str) -> Error {
        Error::new(code, format!("{operation}: {}", self.what)).advise(self.advice.clone())
    }
}
