//! `cargo xtask serve`: its place; the command itself has not landed.

use crate::args::ServeArgs;
use crate::failure::Failure;

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn main(_: ServeArgs) -> Result<(), Failure> {
    Err(Failure::new("`serve` is not built yet"))
}
