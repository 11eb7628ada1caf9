//! `cargo xtask bench`: its place; the command itself has not landed.

use crate::args::BenchArgs;
use crate::failure::Failure;

/// Says that it is not built.
///
/// # Errors
/// Always.
pub fn main(_: BenchArgs) -> Result<(), Failure> {
    Err(Failure::new("`bench` is not built yet"))
}
