//! Where a server binary is: named by the environment, on the PATH, or where `cargo xtask doctor` puts it.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::ServerError;

/// The environment variable that names the binary.
pub const VARIABLE: &str = "FOUNDATION_NATS_SERVER";

/// Where `cargo xtask doctor --install nats-server` puts it, below the root of the workspace.
const INSTALLED: [&str; 5] = ["target", "tools", "nats-server", "bin", "nats-server"];

/// Finds a server: what `FOUNDATION_NATS_SERVER` names, else `nats-server` on the PATH, else the one in the
/// `target/tools` of the workspace around the current folder or around this program's own file.
///
/// # Errors
/// [`ServerError::Missing`] where there is none. A variable that names no file is such a case too: a wrong name is no
/// reason to take another server than was meant.
pub fn find() -> Result<PathBuf, ServerError> {
    let around = [env::current_dir(), env::current_exe()].map(Result::unwrap_or_default);
    find_in(env::var_os(VARIABLE).map(PathBuf::from), env::var_os("PATH").unwrap_or_default().as_ref(), &around)
}

/// Finds a server for a test or an example; where there is none, prints the line that `cargo xtask test` counts, so that
/// the caller can return.
#[expect(clippy::print_stdout, reason = "a test that cannot run says so on standard output, where it is counted")]
#[must_use]
pub fn find_or_skip(what: &str) -> Option<PathBuf> {
    match find() {
        Ok(binary) => Some(binary),
        Err(_) => {
            println!("SKIPPED: {what} — no nats-server on this machine — cargo xtask doctor --install nats-server");
            None
        }
    }
}

fn find_in(named: Option<PathBuf>, path: &Path, around: &[PathBuf]) -> Result<PathBuf, ServerError> {
    if let Some(named) = named {
        if named.is_file() {
            return Ok(named);
        }
        return Err(ServerError::Missing { looked: format!("{} (from {VARIABLE})", named.display()) });
    }
    let on_path = env::split_paths(path.as_os_str())
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join("nats-server"));
    let installed = around
        .iter()
        .flat_map(|place| place.ancestors())
        .map(|folder| INSTALLED.iter().fold(folder.to_owned(), |at, part| at.join(part)));
    on_path
        .chain(installed)
        .find(|place| place.is_file())
        .ok_or_else(|| ServerError::Missing { looked: format!("{VARIABLE}, the PATH, {}", INSTALLED.join("/")) })
}

#[cfg(test)]
mod tests;
