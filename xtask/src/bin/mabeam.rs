//! The command for those who install it: `mabeam …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::mabeam(std::env::args_os())
}
