//! `cargo xtask export` and `import`: their place; the commands themselves have not landed.

use crate::args::{ExportArgs, ImportArgs};
use crate::failure::Failure;

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn export(_: ExportArgs) -> Result<(), Failure> {
    Err(Failure::new("`export` is not built yet"))
}

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn import(_: ImportArgs) -> Result<(), Failure> {
    Err(Failure::new("`import` is not built yet"))
}
