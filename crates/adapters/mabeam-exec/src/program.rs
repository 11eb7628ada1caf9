//! Where a program is: looked up once, before a study begins, so that a missing one is told at once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use foundation_core::{Code, Error, Result};

/// The absolute path of a program: as it is where it has a slash, seen from `directory`, else along `search`.
///
/// # Errors
/// `UnknownName` where there is no such file, `PermissionDenied` where it is not executable.
pub(crate) fn find(program: &str, directory: &Path, search: Option<&OsStr>) -> Result<PathBuf> {
    let missing =
        |advice: &str| Error::new(Code::UnknownName, format!("there is no program `{program}`")).advise(advice);
    if program.contains('/') {
        let path = absolute(&directory.join(program))?;
        return match state(&path) {
            State::Executable => Ok(path),
            State::Other => Err(Error::new(Code::PermissionDenied, format!("{} cannot be executed", path.display()))
                .advise("make it executable, or put its interpreter in front")),
            State::Missing => Err(missing(&format!("correct the path, which is seen from {}", directory.display()))),
        };
    }
    let folders = search.map(std::env::split_paths).into_iter().flatten();
    let found = folders.filter(|_| !program.is_empty()).map(|folder| directory.join(folder).join(program));
    match found.into_iter().find(|path| state(path) == State::Executable) {
        Some(path) => absolute(&path),
        None => Err(missing("install it, or put its folder on the PATH; a program in this folder is ./NAME")),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Executable,
    Other,
    Missing,
}

fn state(path: &Path) -> State {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => State::Executable,
        Ok(_) => State::Other,
        Err(_) => State::Missing,
    }
}

/// Links are not followed: what an interpreter loads hangs on the name it was called by.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|error| Error::new(Code::Io, format!("make {} absolute", path.display())).caused_by(error))
}

#[cfg(test)]
mod tests;
