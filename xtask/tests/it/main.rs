//! The light binary from outside: what it prints, where, and the exit code.

#![expect(clippy::expect_used, reason = "a step of a test that fails ends the test")]

mod command_line;
mod matrix;
