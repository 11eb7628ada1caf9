//! Integration tests of foundation-core, one module per subject.

mod process;
mod supervisor;
mod support;
