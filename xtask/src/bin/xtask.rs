//! The command for those who work here.
fn main() {}
