//! Where this workspace is, and the cargo that builds it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The root folder of the workspace.
///
/// Cargo says where xtask's own manifest is when it starts xtask; a binary started by hand looks upwards from the
/// current folder.
///
/// # Errors
/// When neither leads to a folder that holds `xtask/Cargo.toml`.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let is_root = |folder: &&Path| folder.join("xtask").join("Cargo.toml").is_file();
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let beside = manifest.as_deref().and_then(Path::parent).filter(is_root).map(Path::to_path_buf);
    let current = env::current_dir().unwrap_or_default();
    beside.or_else(|| current.ancestors().find(is_root).map(Path::to_path_buf)).ok_or_else(|| {
        Failure::new(format!("find the workspace from {}", current.display())).advise("start it inside the checkout")
    })
}

/// The cargo that started this process, or the one on the PATH.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
