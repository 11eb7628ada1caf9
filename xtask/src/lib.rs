//! Everything that people type, as a library: one file per command, and two binaries that share it.
//!
//! `xtask` is for those who work in this tree (`cargo xtask …`), `mabeam` for those who install it. The `xtask` binary
//! is quick to build: it knows every command's arguments, but of the commands that compute it knows nothing else and
//! hands them to `mabeam`, built with the feature `app` and a profile that suits the command.
//!
//! Reading order: [`args`] (what can be typed), [`cli`] (which command it is), `heavy` (how a computing command is
//! built and started), then a file per command.

pub mod arch;
pub mod args;
pub mod ci;
pub mod cli;
pub mod console;
pub mod doctor;
pub mod failure;
mod heavy;
pub mod new_study;
mod source;
pub mod study_file;
pub mod test;
mod workspace;

// The commands that compute. Each has `pub fn main(args: …) -> Result<(), Failure>`.
#[cfg(feature = "app")]
pub mod bench;
#[cfg(feature = "app")]
pub mod chaos;
#[cfg(feature = "app")]
mod compositions;
#[cfg(feature = "app")]
pub mod differential;
#[cfg(feature = "app")]
pub mod export;
#[cfg(feature = "app")]
pub mod run;
#[cfg(feature = "app")]
pub mod serve;

// What a study looks like afterwards.
#[cfg(feature = "app")]
pub mod report;
