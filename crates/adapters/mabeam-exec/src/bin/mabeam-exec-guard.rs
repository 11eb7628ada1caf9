//! The guard as a program of its own, for whoever cannot start their program anew as one.

use std::process::ExitCode;

fn main() -> ExitCode {
    mabeam_exec::guard::main(std::env::args_os().skip(1))
}
