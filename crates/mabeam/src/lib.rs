//! Teams of agents that tune the parameters of anything that can be measured.

mod study;

pub use study::*;
