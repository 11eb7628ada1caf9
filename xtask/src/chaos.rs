//! `cargo xtask chaos`: its place; the command itself has not landed.

use crate::args::ChaosArgs;
use crate::failure::Failure;

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn main(_: ChaosArgs) -> Result<(), Failure> {
    Err(Failure::new("`chaos` is not built yet"))
}
