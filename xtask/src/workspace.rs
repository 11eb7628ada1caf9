//! Where this workspace is, and the cargo that builds it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// Packages of this tree that are workspaces of their own, so that no ordinary build waits for what they need.
pub(crate) const DETACHED: [&str; 1] = ["xtask/peers"];

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

/// The Rust files below `folder`, sorted, without those of a build and of folders that `enter` refuses.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn rust_files(folder: &Path, enter: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let failed = |error| Failure::io("read the folder", &folder, &error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_build = path.file_name().is_some_and(|name| name == "target");
            if path.is_dir() && !is_build && enter(&path) {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
