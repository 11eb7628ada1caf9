//! The command for those who work in this tree: `cargo xtask …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::xtask(std::env::args_os())
}
