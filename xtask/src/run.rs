//! `cargo xtask run`: its place; the command itself has not landed.

use crate::args::RunArgs;
use crate::failure::Failure;

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn main(_: RunArgs) -> Result<(), Failure> {
    Err(Failure::new("`run` is not built yet"))
}
