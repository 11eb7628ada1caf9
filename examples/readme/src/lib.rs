//! The README of the project. Its code is the documentation test of this crate, so what it shows compiles and runs.
//!
#![doc = include_str!("../../../README.md")]
